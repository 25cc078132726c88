/** What the store tells of a service as of a moment: by as few requests as there is live data, however old the host is. */
import type { S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import type { Version } from './driver';
import { firstWritten, foldersEver, isShown, versionsOf, visibleBelow } from './objects';
import { isAsNamed, isDatabaseSnapshot, isEntry, seenAt, type Part } from './plan';

/** Where the objects of a part are. restic's locks are none of its data, and there is one for each backup. */
const FILES = ['config', 'keys/', 'index/', 'snapshots/', 'data/'];
/** Two, because a host ships to two while it begins one. After that it hides the older one, of which nothing is needed as of now. */
const FOLDERS = 2;
/** Folders without a snapshot that are passed over on the way to one that has one. */
const MAX_FOLDERS = 50;
const AT_ONCE = 16;

/** The versions that a plan as of a moment may need, and the markers that hide them; without a moment, as of now. */
export type Listing = (at?: number) => Promise<Version[]>;

/**
 * Lists what is below `<incarnation>/<service>/`; nothing is asked for twice. With `onlyShown` what is listed as of now are no versions: enough to
 * tell how new it is, whatever is hidden or was written over, and nothing to restore from.
 */
export function listingOf(
  client: S3Client,
  bucket: string,
  below: string,
  parts: Part[],
  { onlyShown = false } = {},
): Listing {
  const asked = (ask: (prefix: string) => Promise<Version[]>) => {
    const known = new Map<string, Promise<Version[]>>();
    return (prefix: string): Promise<Version[]> => {
      const answer = known.get(prefix) ?? ask(below + prefix);
      known.set(prefix, answer);
      return answer;
    };
  };
  const versions = asked((prefix) => versionsOf(client, bucket, prefix));
  const ofNow = onlyShown ? asked((prefix) => visibleBelow(client, bucket, prefix)) : versions;
  const all = async (prefixes: string[], ask = versions) =>
    (await pMap(prefixes, ask, { concurrency: AT_ONCE })).flat();
  const foldersIn = (prefix: string) => foldersEver(client, bucket, below + prefix);

  /** A folder has what one hour changed. Of now the newest by name count, of a moment those that had begun last by then. */
  async function database(at?: number): Promise<Version[]> {
    const names = (await foldersIn('database/')).filter((name) => /^\d{8}$/.test(name)).sort();
    const ordered = at === undefined ? names : await begunBefore(names, at);
    const listed: Version[] = [];
    for (const [index, name] of ordered.reverse().slice(0, MAX_FOLDERS).entries()) {
      const isFound = seenAt(listed, at).some(isDatabaseSnapshot);
      if (isFound && (index >= FOLDERS || (at === undefined && !(await isShown(client, bucket, folderOf(name))))))
        break;
      listed.push(...(await (at === undefined ? ofNow : versions)(`database/${name}/`)));
    }
    return listed;
  }

  const folderOf = (name: string) => `${below}database/${name}/`;

  async function begunBefore(names: string[], at: number): Promise<string[]> {
    const begun = async (name: string) => ({
      name,
      at: await firstWritten(client, bucket, folderOf(name)),
    });
    const times = await pMap(names, begun, { concurrency: AT_ONCE });
    return times
      .filter((one) => one.at <= at)
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
  }

  /**
   * Hosts hide the entries that a newer one supersedes, so what is visible is few, and its names tell whether it is what was written. The versions
   * of what is visible are asked for only where one is not, and every version as of a moment.
   */
  async function repositories(at?: number): Promise<Version[]> {
    if (at !== undefined) return all((await foldersIn('repositories/')).map((name) => `repositories/${name}/`));
    const visible = (await visibleBelow(client, bucket, `${below}repositories/`)).filter(isEntry);
    const repositoryOf = ({ key }: Version) => key.slice(below.length).split('/').slice(0, 2).join('/');
    const doubtful = new Set(visible.filter((one) => isAsNamed(one) !== true).map(repositoryOf));
    const [sound, others] = [false, true].map((isDoubtful) =>
      visible.filter((one) => doubtful.has(repositoryOf(one)) === isDoubtful),
    );
    // Of all entries of the repository, because their order counts, and the times of what is visible are whole seconds.
    return [...(sound ?? []), ...(await all((others ?? []).map(({ key }) => key.slice(below.length))))];
  }

  const files = (at?: number) =>
    all(
      FILES.map((path) => `files/${path}`),
      at === undefined ? ofNow : versions,
    );
  const lists: Record<Part, Listing> = { database, repositories, files };
  return async (at) => (await Promise.all(parts.map((part) => lists[part](at)))).flat();
}
