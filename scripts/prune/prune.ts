/** Frees what a stack's backups need no more, with a key of its own for each bucket that can do nothing else. */
import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import Table from 'cli-table3';
import { renewAccount } from '../../components/store/admin';
import { withStore, type StoreAccess } from '../../components/store/client';
import { prunerOf } from '../../components/store/names';
import { isThere, levelOf } from '../../components/store/objects';
import { listPoints, staleness } from '../../components/store/points';
import { removals, remove, type Freed, type Windows } from '../../components/store/pruner';
import type { Declaration } from '../../stacks';
import { bucketOf } from '../../stacks/model/names';
import { EXIT, sentenceOf, UserError } from '../lib/errors';
import { openSettings, openStore } from '../lib/stack-store';

/** What goes of a part of a service on a host. */
export interface Row {
  host: string;
  /** Empty for what is the host's own. */
  service: string;
  part: string;
  versions: number;
  bytes: number;
  /** When the oldest of it was written, RFC 3339. */
  oldest: string;
}

interface Target {
  host: string;
  bucket: string;
}

export interface Pruning {
  /** Hours for which what was hidden or written over stays, instead of what the tiers say. */
  window?: number;
  say: (line: string) => void;
  now?: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long what was superseded stays, from the tiers of a stack. A window of hours that is shorter than a tier is refused. */
export function windowsOf({ stack, backup: { keep } }: Declaration, hours?: number): Windows {
  const tier = Math.max(keep.everySecondHours, keep.hourlyDays * 24);
  if (hours !== undefined && hours < tier)
    throw new UserError(
      `Nothing of ${stack} was pruned: a window of ${hours} h is shorter than the ${tier} h for which backup.keep promises moments.`,
      `Give --window ${tier} or more, or none.`,
      EXIT.usage,
    );
  return {
    repositories: hours === undefined ? keep.hourlyDays * DAY_MS : hours * HOUR_MS,
    others: (hours ?? keep.everySecondHours) * HOUR_MS,
    replaced: keep.dailyDays * DAY_MS,
  };
}

/** The prune of a stack: what it would free, and the freeing of it. */
export class Prune {
  private constructor(
    private readonly stack: string,
    private readonly store: { endpoint: string; region: string },
    private readonly targets: Array<Target & { key: { accessKey: string; secretKey: string } }>,
    private readonly windows: Windows,
    private readonly pruning: Pruning,
  ) {}

  /** Makes the keys anew. Throws one sentence where a key could write, or where the newest kept point of a host is missing or old. */
  static async open(stack: string, pruning: Pruning): Promise<Prune> {
    const { declaration, settings, admin: key } = openStore(stack, await openSettings(stack));
    const windows = windowsOf(declaration, pruning.window);
    const admin = { ...settings.store, ...key };
    const hosts = declaration.hosts.map(({ name }) => ({
      host: name,
      bucket: bucketOf(settings.store.bucketPrefix, declaration, name),
    }));
    const there = await withStore(admin, (client) => Promise.all(hosts.map(({ bucket }) => isThere(client, bucket))));
    const targets = await Promise.all(
      hosts.filter((_, index) => there[index]).map(async (one) => ({ ...one, key: await keyOf(admin, one.bucket) })),
    );
    const prune = new Prune(stack, settings.store, targets, windows, pruning);
    for (const target of targets) await prune.check(target);
    return prune;
  }

  private async check(target: Prune['targets'][number]): Promise<void> {
    const { host, bucket } = target;
    const refuse = (reason: string, todo: string) =>
      new UserError(`Nothing of ${this.stack} was pruned: ${reason}.`, todo);
    await this.as(target, async (client) => {
      const newest = await listPoints(client, bucket).then(
        (moments) => moments.at(-1),
        (error: unknown) => {
          throw refuse(
            `the bucket ${bucket} does not let ${target.key.accessKey} in (${sentenceOf(error)})`,
            `Run fleet up --stack ${this.stack}, which writes its policy.`,
          );
        },
      );
      const [reason, todo = ''] = staleness(newest, this.pruning.now ?? Date.now())?.split('; ') ?? [];
      if (reason !== undefined) throw refuse(`${host}: ${reason}`, `${todo} --stack ${this.stack}.`);
      const place = await writable(client, bucket);
      if (place !== undefined)
        throw refuse(
          `the key ${target.key.accessKey} can write or hide ${place}, and a key that removes versions must do nothing else`,
          `Take s3:PutObject and s3:DeleteObject from it in the policy of ${bucket}; fleet up writes it anew.`,
        );
    });
  }

  private as<T>(
    { key }: { key: Pick<StoreAccess, 'accessKey' | 'secretKey'> },
    work: (client: S3Client) => Promise<T>,
  ) {
    return withStore({ ...this.store, ...key }, work);
  }

  /** What would be freed; touches nothing. */
  async survey(): Promise<Row[]> {
    const rows = new Map<string, Row>();
    for (const target of this.targets)
      await this.as(target, async (client) => {
        for await (const { service, part, stages } of this.removalsOf(client, target)) {
          const key = `${target.host} ${service} ${part}`;
          for (const { at, size } of stages.flat()) {
            const row = rows.get(key) ?? { host: target.host, service, part, versions: 0, bytes: 0, oldest: '' };
            const written = new Date(at).toISOString();
            const oldest = row.oldest !== '' && row.oldest < written ? row.oldest : written;
            rows.set(key, { ...row, versions: row.versions + 1, bytes: row.bytes + size, oldest });
          }
        }
      });
    return [...rows.values()];
  }

  /** Frees it. A run that was killed is gone on with by the next one. */
  async run(): Promise<Freed> {
    const freed: Freed = { versions: 0, bytes: 0, locked: 0 };
    for (const target of this.targets)
      await this.as(target, async (client) => {
        for await (const removal of this.removalsOf(client, target)) {
          if (!removal.stages.flat().length) continue;
          await remove(client, target.bucket, removal, freed);
          this.pruning.say(`${target.host} ${removal.service || 'host'}/${removal.part}: ${told(freed)} so far`);
        }
      });
    return freed;
  }

  private removalsOf = (client: S3Client, { bucket }: Target) =>
    removals(client, bucket, this.windows, this.pruning.now);
}

/** The pruner's key of a bucket, made anew: nobody had it before, and nobody keeps it. */
async function keyOf(admin: StoreAccess, bucket: string) {
  const key = { accessKey: prunerOf(bucket), secretKey: randomBytes(20).toString('hex') };
  await renewAccount(admin, { ...key, bucket, prefix: '' });
  return key;
}

/** A place that a key may write to or hide; undefined where there is none. What was written to try it is removed again. */
export async function writable(client: S3Client, bucket: string): Promise<string | undefined> {
  const { folders } = await levelOf(client, bucket, '');
  for (const folder of ['', ...folders.map((name) => `${name}/`)]) {
    const key = `${folder}written-by-pruner`;
    const tries = [
      () => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'tried' })),
      () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
    ];
    const done = await Promise.all(tries.map((act) => act().then(() => true, isNot('AccessDenied'))));
    if (!done.includes(true)) continue;
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
    );
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers])
      if (Key === key) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
    return `${bucket}/${folder}`;
  }
  return undefined;
}

/** A refusal is an answer; anything else says nothing. */
const isNot = (name: string) => (error: Error) => {
  if (error.name !== name) throw error;
  return false;
};

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${(bytes / 2 ** (10 * power)).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
}

/** What was freed, in words. */
export const told = ({ versions, bytes, locked }: Freed): string =>
  `${versions} versions, ${size(bytes)}${locked ? `; ${locked} more are locked still` : ''}`;

/** The table that a person decides by. */
export function pruneTable(rows: Row[]): string {
  const table = new Table({
    head: ['host', 'of', 'versions', 'frees', 'oldest'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'left'],
  });
  for (const { host, service, part, versions, bytes, oldest } of rows)
    table.push([host, service ? `${service}/${part}` : part, versions, size(bytes), oldest]);
  const sum = rows.reduce(
    (all, { versions, bytes }) => ({ ...all, versions: all.versions + versions, bytes: all.bytes + bytes }),
    { versions: 0, bytes: 0, locked: 0 },
  );
  return rows.length ? `${table.toString()}\nTogether ${told(sum)}.` : 'Everything in the store is needed still.';
}
