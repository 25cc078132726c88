/** What the scrubs of a store's sites found, and where what is damaged at one is whole at the other. */
import { ssh, type SshTarget } from '../../components/ssh';
import { STORE_SCRIPTS, STORE_STATE } from '../../services/store';
import type { Host } from '../../stacks';
import { isStore, otherSite } from '../../stacks/model/sites';
import { declarationOf } from '../init/init';
import { EXIT, UserError } from '../lib/errors';
import { targetOf } from '../lib/host-address';
import { openSettings } from '../lib/stack-store';
import { settingsOf } from '../lib/stack-settings';
import { asOwner, scrubSchema, type Wrong } from '../status/sites';

export interface Damage extends Wrong {
  /** Site that it is damaged at, or missing from. */
  host: string;
  /** Why the other site has it whole no more either; null where it does. */
  elsewhere: string | null;
}

export interface Scrubbed {
  sites: Array<{ host: string; finishedAt: string; objects: number; bytes: number; points: number }>;
  wrong: Damage[];
}

interface Site {
  host: Host;
  target: SshTarget;
}

/** Reads all of both sites anew, or takes what their last scrubs found. Throws where a site was never read, or does not answer. */
export async function scrub(
  stack: string,
  { last, say }: { last: boolean; say: (line: string) => void },
): Promise<Scrubbed> {
  const declaration = declarationOf(stack);
  if (!isStore(declaration))
    throw new UserError(
      `Stack ${stack} is no store.`,
      'fleet scrub reads the sites of a stack that is one.',
      EXIT.usage,
    );
  const file = await openSettings(stack);
  const settings = settingsOf(file, declaration);
  const sites = await Promise.all(
    declaration.hosts.map(async (host): Promise<Site> => ({
      host,
      target: await targetOf(file, declaration, host, settings),
    })),
  );
  say(last ? 'what the last scrubs found' : 'reading everything on both sites');
  const found = await Promise.all(sites.map(async (site) => ({ site, report: await reportOf(site, last) })));
  const wrong = await Promise.all(
    found.map(async ({ site, report }) => {
      const named = [...report.damaged, ...report.missing];
      const other = otherSite(declaration, site.host).name;
      const elsewhere = await lookAt(sites, other, named);
      return named.map((one, index): Damage => ({ ...one, host: site.host.name, elsewhere: elsewhere[index] ?? null }));
    }),
  );
  return {
    sites: found.map(({ site, report: { finishedAt, objects, bytes, points } }) => ({
      host: site.host.name,
      finishedAt,
      objects,
      bytes,
      points,
    })),
    wrong: wrong.flat(),
  };
}

/** A scrub that finds damage ends with 1. */
async function reportOf({ host, target }: Site, last: boolean) {
  const command = last ? `cat ${STORE_STATE}/.scrubbed.json` : `python3 ${STORE_SCRIPTS}/scrub.py ${STORE_STATE}`;
  const { stdout, stderr } = await ssh(target, asOwner(command));
  if (!stdout.trim())
    throw new UserError(
      last ? `Nothing was ever read on ${host.name}.` : `The scrub of ${host.name} failed: ${stderr.trim()}`,
      last ? 'Leave --last out.' : undefined,
    );
  return scrubSchema.parse(JSON.parse(stdout));
}

async function lookAt(sites: Site[], name: string, wanted: Wrong[]): Promise<Array<string | null>> {
  const site = sites.find(({ host }) => host.name === name);
  if (!site || !wanted.length) return [];
  const command = asOwner(`python3 ${STORE_SCRIPTS}/scrub.py ${STORE_STATE} --look`);
  const { code, stdout, stderr } = await ssh(site.target, command, { stdin: JSON.stringify(wanted) });
  if (code !== 0) throw new UserError(`${name} did not look at what is damaged elsewhere: ${stderr.trim()}`);
  return JSON.parse(stdout) as Array<string | null>;
}

/** A line a site, and one for each thing that is wrong. */
export function scrubLines({ sites, wrong }: Scrubbed): string[] {
  return [
    ...sites.map(
      ({ host, finishedAt, objects, bytes, points }) =>
        `${host}: ${objects} versions, ${bytes} bytes and ${points} kept points read by ${finishedAt}`,
    ),
    ...wrong.map(
      ({ host, bucket, key, versionId, path, why, elsewhere }) =>
        `${host}: ${bucket}/${key ?? path ?? '?'}${versionId ? ` (version ${versionId})` : ''}: ${why}; ${elsewhere === null ? 'whole at the other site' : `at the other site ${elsewhere}`}`,
    ),
  ];
}
