/**
 * What the store holds of a host that has run for so long: all that it would have written, less what its own thinning hid and the nightly prune
 * took. What is gone, and what the proofs of the nights before keep, is decided by the program's own functions.
 */
import { HOST_FOLDER, keyFingerprint, POINTS_FOLDER } from '../../../components/store/names';
import {
  coarsePlanAt,
  isoOf,
  PARTS,
  planAt,
  seenAt,
  type Part,
  type Plan,
  type Wanted,
} from '../../../components/store/plan';
import { endOf, objectsOf, pointSchema, type Point } from '../../../components/store/points';
import { prunable } from '../../../components/store/prune';
import type { Windows } from '../../../components/store/pruner';
import { registrationKey } from '../../../components/store/registrations';
import type { Declaration } from '../../../stacks';
import type { Contents } from './contents';
import { Database } from './database';
import { changedFiles, filesOf, liveBytes } from './files';
import { Repositories } from './repositories';
import { sealed, text, written, type Written } from './versions';

export interface Age {
  days: number;
  now: number;
  /** Between two changes of the database. */
  changeMs: number;
  repositories: number;
  /** Of each repository. */
  pushesADay: number;
}

export interface HistoryOf {
  age: Age;
  host: string;
  keep: Declaration['backup']['keep'];
  windows: Windows;
  recipient: string;
  restic: { config: Buffer; key: Buffer };
  /** For what is made on the way. */
  folder: string;
}

export const INCARNATION = '1';
export const SERVICE = 'gitea';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Now is so long after a night, so that the newest folder of the database is half full. */
const SINCE_NIGHT_MS = 8.5 * HOUR_MS;
/** A prune follows the proof. */
const PRUNE_AFTER_MS = HOUR_MS / 2;
/** As in components/store/points.ts. */
const DATABASE_DAYS = 3;
const BEAT_MS = 10_000;
/** What a host says of itself is as long as this. */
const BEAT_BYTES = 600;

export class History {
  private readonly prunedAt: number;
  private readonly points: Point[];
  private readonly kept = new Set<string>();

  private constructor(
    private readonly of: HistoryOf,
    private readonly started: number,
    private readonly contents: Contents,
    private readonly database: Database,
    private readonly repositories: Repositories,
    private readonly files: Written[],
  ) {
    this.prunedAt = of.age.now - SINCE_NIGHT_MS + PRUNE_AFTER_MS;
    this.points = this.nights().map((at) => this.pointOf(at));
    for (const point of this.points)
      for (const part of PARTS)
        if (point === this.points.at(-1) || Date.parse(point.until[part]) > this.prunedAt)
          for (const { key, versionId } of objectsOf(point, part)) this.kept.add(`${key} ${versionId}`);
  }

  static async of(of: HistoryOf, contents: Contents): Promise<History> {
    const { age, folder, keep, restic } = of;
    const { now, changeMs, pushesADay } = age;
    const started = now - age.days * DAY_MS - HOUR_MS / 2;
    const inPart = (part: Part) => ({ prefix: `${INCARNATION}/${SERVICE}/${part}/`, started, now });
    const repositories = { ...inPart('repositories'), count: age.repositories, pushesADay, folder };
    return new History(
      of,
      started,
      contents,
      new Database({ ...inPart('database'), changeMs }, contents),
      await Repositories.play(repositories, contents),
      filesOf({ ...inPart('files'), keep, ...restic }),
    );
  }

  /** Moments of the proofs that something is kept of, oldest first. */
  private nights(): number[] {
    const all: number[] = [];
    for (let at = this.of.age.now - SINCE_NIGHT_MS; at > this.started + HOUR_MS; at -= DAY_MS) all.unshift(at);
    return all.slice(-this.of.keep.dailyDays - 1);
  }

  /** What the proof of that night kept, of one repository only. */
  private pointOf(at: number): Point {
    const { host, keep } = this.of;
    const wanted: Wanted = { host, service: SERVICE, incarnation: INCARNATION, complete: true, parts: [...PARTS] };
    const versions = [...this.repositories.one, ...this.files, ...this.database.folder(this.database.folderAt(at))];
    const plans = [planAt(wanted, versions, at)].filter((plan) => plan !== undefined);
    const coarse = [coarsePlanAt(wanted, versions, at)].filter((plan) => plan !== undefined);
    const inDays = (days: number) => isoOf(at + days * DAY_MS);
    const until = {
      database: inDays(Math.min(DATABASE_DAYS, keep.dailyDays)),
      repositories: inDays(keep.dailyDays),
      files: inDays(keep.dailyDays),
    };
    return { moment: isoOf(at), host, until, plans, coarse };
  }

  /** Everything that is left, folder by folder. */
  *units(): Generator<Written[]> {
    yield* this.ofHost();
    const live = this.points.filter(
      (point) => point === this.points.at(-1) || Date.parse(endOf(point)) > this.prunedAt,
    );
    yield live.flatMap((point) => this.objectOf(point));
    yield this.left(this.files, this.of.windows.others);
    yield* this.repositories.each(this.left(this.repositories.one, this.of.windows.repositories));
    const newest = this.database.folderAt(this.of.age.now);
    const oldest = this.database.folderAt(this.prunedAt - DATABASE_DAYS * DAY_MS - 2 * HOUR_MS);
    for (let folder = Math.max(0, oldest); folder <= newest; folder++) {
      const left = this.left(this.database.folder(folder), this.of.windows.others);
      if (left.length) yield left;
    }
  }

  private left(versions: Written[], windowMs: number): Written[] {
    const isKept = ({ key, id }: { key: string; id: string }) => this.kept.has(`${key} ${id}`);
    const rules = { now: this.prunedAt, windowMs, replacedMs: this.of.windows.replaced, isKept };
    const gone = new Set(prunable(versions, rules).flat());
    return versions.filter((version) => !gone.has(version));
  }

  /** What the host and the program say of it. */
  private ofHost(): Written[][] {
    const { age, host, recipient } = this.of;
    const { started } = this;
    const registration = { stack: 'bench', host, incarnation: INCARNATION, address: '198.18.0.10', generation: 0 };
    const beats: Written[] = [];
    const key = `${INCARNATION}/${HOST_FOLDER}/heartbeat.json`;
    const last = age.now - 1000;
    for (let at = Math.max(started + 1000, this.prunedAt - this.of.windows.others); at < last; at += BEAT_MS)
      beats.push(...written({ key, at, size: BEAT_BYTES }));
    const points = Object.fromEntries(PARTS.map((part) => [part, { newest: isoOf(last), covered: isoOf(last) }]));
    const beat = {
      ...{ at: isoOf(last), host, incarnation: INCARNATION, keyFingerprint: keyFingerprint(recipient) },
      datasets: { [SERVICE]: { bytes: liveBytes, ...points } },
    };
    return [
      text(registrationKey(INCARNATION), started, JSON.stringify(registration)),
      text(`${INCARNATION}/${SERVICE}/complete.json`, started + 60_000, '{}'),
      [
        ...sealed(this.contents, { key: `${INCARNATION}/${HOST_FOLDER}/probe.age`, at: started, plain: 16 }),
        ...beats,
        ...text(key, last, JSON.stringify(beat)),
      ],
    ];
  }

  private objectOf(point: Point): Written[] {
    const whole = (plan: Plan): Plan => {
      const { repositories } = plan.parts;
      const objects = this.repositories.all(repositories?.objects ?? []);
      return repositories ? { ...plan, parts: { ...plan.parts, repositories: { ...repositories, objects } } } : plan;
    };
    const content = pointSchema.parse({ ...point, plans: point.plans.map(whole), coarse: point.coarse.map(whole) });
    return text(
      `${POINTS_FOLDER}/${point.moment}.json`,
      Date.parse(point.moment) + PRUNE_AFTER_MS / 2,
      JSON.stringify(content),
    );
  }

  /** What every proof left behind: nothing takes it away. */
  evidence(): Written[] {
    const { host, age } = this.of;
    return Array.from({ length: age.days }, (_, day) => {
      const at = age.now - SINCE_NIGHT_MS - day * DAY_MS;
      const ran = { stack: 'bench', host, startedAt: isoOf(at - HOUR_MS / 2), endedAt: isoOf(at), engine: 'embedded' };
      return text(
        `proof/${host}/${isoOf(at)}.json`,
        at,
        JSON.stringify({ ...ran, restored: [], checks: [], ok: true }),
      );
    }).flat();
  }

  /** Bytes of the data as it is now, and of what changed in the windows for which moments are promised. */
  bytesNeeded(): { live: number; changed: number } {
    const { keep, windows } = this.of;
    const live = seenAt(this.repositories.one).reduce((sum, { size }) => sum + size, 0) * this.of.age.repositories;
    const spans = [windows.others, windows.repositories, Math.min(keep.dailyDays, this.of.age.days) * DAY_MS] as const;
    return {
      live: live + this.database.snapshotBytes + liveBytes,
      changed: this.database.changed(spans[0]) + this.repositories.changed(spans[1]) + changedFiles(spans[2]),
    };
  }
}
