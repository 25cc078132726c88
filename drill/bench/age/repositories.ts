/** Repositories that are pushed to all day. They are alike, so that one of them is played and the others are copies of it. */
import { chainOf, type Push } from './chain';
import type { Contents } from './contents';
import { hashOf, idOf, written, type Written } from './versions';

const FIRST_BYTES = 2 ** 20;
const PUSH_BYTES = 2000;
const DAY_MS = 86_400_000;
/** Of what is older, which is merged long since, a whole day counts as one push. */
const EACH_PUSH_DAYS = 40;
/** What is larger is in parts in the store, and is not tried. */
const TRIED_BYTES = 16 * 2 ** 20;

export interface RepositoriesOf {
  prefix: string;
  started: number;
  now: number;
  count: number;
  /** Of each of them. */
  pushesADay: number;
  /** For the host's note of a chain. */
  folder: string;
}

const nameOf = (index: number) => `owner-${index % 4}__repository-${String(index).padStart(3, '0')}.git`;

export class Repositories {
  private constructor(
    private readonly of: RepositoriesOf,
    /** All that was ever put of the first one, oldest first. */
    readonly one: Written[],
    readonly pushBytes: number,
  ) {}

  static async play(of: RepositoriesOf, contents: Contents): Promise<Repositories> {
    const one: Written[] = [];
    for (const { name, at, bytes: plain, hiddenAt } of chainOf(pushesOf(of), of.folder)) {
      const isTried = hiddenAt === undefined && plain <= TRIED_BYTES;
      const md5 = isTried ? (await contents.sealed(plain)).md5 : hashOf(name).slice(0, 32);
      const key = `${of.prefix}${nameOf(0)}/${name}-${md5}.age`;
      const versions = written({ key, at, size: contents.sealedBytes(plain), md5, hiddenAt });
      one.push(
        ...versions.map((version) => (isTried ? { ...version, content: () => contents.sealed(plain) } : version)),
      );
    }
    return new Repositories(of, one, contents.sealedBytes(PUSH_BYTES));
  }

  /** What is left of the first one, as the same of each. */
  *each(left: Written[]): Generator<Written[]> {
    for (let index = 0; index < this.of.count; index++) yield left.map((version) => this.as(index, version));
  }

  /** The same version of another repository. */
  private as<T extends { key: string; id: string; at: number }>(index: number, version: T): T {
    if (index === 0) return version;
    const key = version.key.replace(nameOf(0), nameOf(index));
    return { ...version, key, id: idOf(version.at, `${key} ${version.id}`) };
  }

  /** What a plan has of the first one, as the same of all. */
  all(objects: Array<{ key: string; versionId: string; size: number; at: string }>) {
    return Array.from({ length: this.of.count }, (_, index) =>
      objects.map(({ versionId, at, ...object }) => {
        const { key, id } = this.as(index, { ...object, id: versionId, at: Date.parse(at) });
        return { ...object, key, versionId: id, at };
      }),
    ).flat();
  }

  /** Bytes that were pushed in a span of time. */
  changed = (ms: number): number =>
    (Math.min(ms, this.of.now - this.of.started) / DAY_MS) * this.of.pushesADay * this.of.count * this.pushBytes;
}

function pushesOf({ started, now, pushesADay }: RepositoriesOf): Push[] {
  const pushes: Push[] = [{ at: started + 1000, bytes: FIRST_BYTES }];
  const every = DAY_MS / pushesADay;
  const exactFrom = started + Math.max(0, Math.floor((now - started) / DAY_MS) - EACH_PUSH_DAYS) * DAY_MS;
  for (let at = started + DAY_MS; at <= exactFrom; at += DAY_MS) pushes.push({ at, bytes: PUSH_BYTES * pushesADay });
  for (let at = exactFrom + every; at < now; at += every) pushes.push({ at: Math.floor(at), bytes: PUSH_BYTES });
  return pushes;
}
