/** The tokens, scope by scope, and what the account has left. */
import type { Api, Attempt } from '../../components/network/api';
import { sentenceOf } from '../lib/errors';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';

export const machinesToken = ({ account, declaration }: Look): Promise<Found[]> =>
  token(account.api, account.ownPath, account.attempts(declaration.uptime !== null));

export async function cloudflareToken({ cloudflare: api, zone }: Look): Promise<Found[]> {
  if (!zone) return token(api, '/zones', []);
  const own = `/zones/${zone.id}`;
  return token(api, own, [
    { scope: 'Zone:Read of the zone', method: 'GET', path: own },
    { scope: 'DNS:Edit of the zone', method: 'GET', path: `${own}/dns_records?per_page=5` },
    { scope: 'DNS:Edit of the zone', method: 'POST', path: `${own}/dns_records`, body: {} },
  ]);
}

/** One line for a token that does not work at all; otherwise one for each scope that it lacks. `path` is what it may read in any case. */
async function token(api: Api, path: string, attempts: Attempt[]): Promise<Found[]> {
  const what = `token of ${api.variable}`;
  if (!api.hasToken) return [fails(what, 'there is none', `set ${api.variable} in the environment`)];
  try {
    if ((await api.ask('GET', path)).status === 401)
      return [fails(what, `${api.label} does not accept it`, `set ${api.variable} to a valid one`)];
    const lacking = await api.lacking(attempts);
    if (lacking.length)
      return lacking.map((scope) =>
        fails(what, `it lacks the scope ${scope}`, `give ${api.variable} a token that has it`),
      );
  } catch (error) {
    return [fails(what, sentenceOf(error), 'see that this machine reaches it, and try again')];
  }
  const scopes = new Set(attempts.map(({ scope }) => scope)).size;
  return scopes ? [holds(what, `it has all ${scopes} scopes that the program needs`)] : [];
}

/** A rebuild keeps the old machine until the new one has passed, so there must be room for one more of each. */
export async function limits({ account, declaration, isFirst, value }: Look): Promise<Found[]> {
  if (!account.api.hasToken) return [];
  const standbys = Object.keys((value('fleet:standby') as object | undefined) ?? {}).length;
  const hosts = declaration.hosts.length;
  const room = (what: string, of: 'machines' | 'entrances', needed: number) =>
    tried(what, `ask ${account.api.label} for a higher limit, or remove what is not used`, async () => {
      const { used, limit } = await account.usage(of);
      if (limit !== undefined && used + needed > limit)
        throw new Error(`the account may have ${limit}, has ${used} and needs ${needed} more`);
      return `${used} of ${limit ?? 'any number'} are used, ${needed} more are needed`;
    });
  return [
    await tried('account', `see to it at ${account.words.console}`, async () => {
      const suspension = await account.suspension();
      if (suspension) throw new Error(suspension);
      return 'it is active';
    }),
    await room(`${account.words.noun}s`, 'machines', isFirst ? 2 * hosts + standbys : hosts),
    await room(`${account.words.entrance}s`, 'entrances', isFirst ? hosts : 0),
  ];
}
