/** The zone: whether it is the one that is meant, who may issue certificates in it, and whether the public names are free. */
import { leads, recordsOf, type ListedRecord } from '../../components/network/cloudflare';
import { publicName } from '../../services';
import { letsEncrypt } from '../../stacks/outside/authorities';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';

export async function zoneFindings(look: Look): Promise<Found[]> {
  const { cloudflare: api, zone, declaration } = look;
  if (!zone || !api.hasToken) return [];
  const named = await tried(
    'zone',
    'correct fleet:zone: the id is on the zone’s overview page in Cloudflare’s dashboard',
    async () => {
      const { result } = await api.call<{ result: { name: string; status: string } }>('GET', `/zones/${zone.id}`);
      if (result.name !== zone.name) throw new Error(`${zone.id} is ${result.name}, not ${zone.name}`);
      if (result.status !== 'active')
        throw new Error(`${zone.name} is ${result.status}; its registrar must name Cloudflare’s nameservers`);
      return `${zone.name} is active`;
    },
  );
  if (named.todo) return [named];
  const names = declaration.hosts.flatMap(({ publicNames }) =>
    publicNames.map((label) => publicName(label, zone.name)),
  );
  const found = [named];
  if (names.length && declaration.certificates === 'acme')
    found.push(...(await mayIssue(names, zone.name, () => recordsOf(api, zone.id, { type: 'CAA' }))));
  if (look.isFirst)
    for (const name of names) found.push(...(await isFree(name, () => recordsOf(api, zone.id, { name }))));
  return found;
}

/** Which authority the program orders from, as CAA records name it. */
const ISSUER = letsEncrypt.value.caa;

/** The CAA records that count for a name are those of the nearest name at or above it that has any (RFC 8659). */
async function mayIssue(names: string[], zone: string, list: () => Promise<ListedRecord[]>): Promise<Found[]> {
  try {
    const caa = (await list()).filter(({ type }) => type === 'CAA');
    const wrong = names.flatMap((name) => {
      const nearest =
        aboveOf(name, zone)
          .map((at) => caa.filter((record) => record.name === at))
          .find((records) => records.length) ?? [];
      const issuers = nearest
        .filter((record) => tagOf(record) === 'issue')
        .map((record) => valueOf(record).replace(/;.*/s, '').trim());
      const [first] = nearest;
      const isShut = issuers.length > 0 && !issuers.some((issuer) => issuer === ISSUER);
      return first && isShut
        ? [
            fails(
              'CAA records',
              `those of ${first.name} let only ${issuers.filter(Boolean).join(', ') || 'nobody'} issue for ${name}`,
              `add a CAA record for ${first.name}: 0 issue "${ISSUER}"`,
            ),
          ]
        : [];
    });
    return wrong.length ? wrong : [holds('CAA records', `they let ${ISSUER} issue for ${names.join(', ')}`)];
  } catch (error) {
    return [fails('CAA records', (error as Error).message, 'see that this machine reaches Cloudflare')];
  }
}

/** The name and every one above it, down to the zone. */
function aboveOf(name: string, zone: string): string[] {
  return name === zone ? [zone] : [name, ...aboveOf(name.slice(name.indexOf('.') + 1), zone)];
}

/** Cloudflare gives the parts as data, others only as text: `0 issue "letsencrypt.org"`. */
const tagOf = ({ data, content }: ListedRecord): string => (data?.tag ?? content.split(' ')[1] ?? '').toLowerCase();
const valueOf = ({ data, content }: ListedRecord): string =>
  data?.value ?? /"([^"]*)"/.exec(content)?.[1] ?? content.split(' ')[2] ?? '';

async function isFree(name: string, list: () => Promise<ListedRecord[]>): Promise<Found[]> {
  try {
    const leading = (await list()).filter(leads);
    if (!leading.length) return [holds('public name', `${name} is free`)];
    return leading.map(({ content, id }) =>
      fails(
        'public name',
        `${name} leads to ${content} already (record ${id})`,
        'secure what is served there (README, "Moving in"), then delete that record',
      ),
    );
  } catch (error) {
    return [fails('public name', (error as Error).message, 'see that this machine reaches Cloudflare')];
  }
}
