/** A store of its own for a bench: written from under the gateway, and proved by what the gateway lists. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { ensureBucket } from '../../../components/store/admin';
import { withStore, type StoreAccess } from '../../../components/store/client';
import { versionsOf } from '../../../components/store/objects';
import { storeFolders } from '../../../localcloud/store/layout';
import { storeArguments } from '../../../localcloud/store/unit';
import { startGateway } from '../../../scripts/sandbox/gateway';
import { tools } from '../../../scripts/sandbox/tools';
import type { Written } from './versions';

const WRITER = join(__dirname, '../../../localcloud/store/write-bucket.py');
const REGION = 'us-east-1';
const LISTED_AT_ONCE = 2;

/** How much there is. */
export interface Held {
  versions: number;
  markers: number;
  visible: number;
  /** Of the versions. */
  bytes: number;
  /** What the gateway leaves in the markers besides: the content of what they hide. */
  inMarkers: number;
}

export class AgedStore {
  private constructor(
    private readonly folder: string,
    readonly access: StoreAccess,
    private readonly server: ChildProcess,
  ) {}

  /** In an empty folder, with these buckets. */
  static async start(folder: string, buckets: string[]): Promise<AgedStore> {
    const { versitygw } = await tools();
    for (const path of Object.values(storeFolders(folder))) mkdirSync(path, { recursive: true });
    const key = { access: 'admin', secret: 'of-the-admin' };
    const { endpoint, server } = await startGateway(versitygw, key, (listen) =>
      storeArguments({ listen, region: REGION, state: folder }),
    );
    const access = { endpoint, region: REGION, accessKey: key.access, secretKey: key.secret };
    const store = new AgedStore(folder, access, server);
    await withStore(access, async (client) => {
      for (const bucket of buckets) await ensureBucket(client, bucket);
    });
    return store;
  }

  /** Writes all of it. */
  async write(bucket: string, units: Iterable<Written[]>, signal: AbortSignal): Promise<Held> {
    const { buckets, versions } = storeFolders(this.folder);
    const writer = spawn('python3', [WRITER, join(buckets, bucket), join(versions, bucket)], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const said: string[] = [];
    writer.stderr.on('data', (data: Buffer) => said.push(data.toString()));
    const ended = once(writer, 'exit') as Promise<[number | null]>;
    const held: Held = { versions: 0, markers: 0, visible: 0, bytes: 0, inMarkers: 0 };
    try {
      for (const unit of units) {
        signal.throwIfAborted();
        const lines = await linesOf(unit, held);
        if (!writer.stdin.write(lines)) await Promise.race([once(writer.stdin, 'drain'), ended]);
      }
      writer.stdin.end();
    } catch (error) {
      writer.kill('SIGKILL');
      throw error;
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(`the store could not be written: ${said.join('').trim().split('\n').at(-1)}`);
    return held;
  }

  /** Throws unless the gateway lists what was written, folder by folder. */
  async prove(bucket: string, units: Iterable<Written[]>, signal: AbortSignal): Promise<void> {
    const prove = async (client: S3Client, unit: Written[]) => {
      signal.throwIfAborted();
      const expected = unit.map(told).sort();
      const prefix = commonPrefix(unit.map(({ key }) => key));
      const listed = (await versionsOf(client, bucket, prefix)).map(told).sort();
      const at = Array.from({ length: Math.max(expected.length, listed.length) }).findIndex(
        (_, index) => expected[index] !== listed[index],
      );
      if (at >= 0)
        throw new Error(
          `below ${prefix} the store lists ${listed[at] ?? 'nothing'} where ${expected[at] ?? 'nothing'} was written`,
        );
    };
    await withStore(this.access, (client) =>
      pMap(units, (unit) => prove(client, unit), { concurrency: LISTED_AT_ONCE }),
    );
  }

  stop(): void {
    this.server.kill('SIGKILL');
  }
}

const told = ({ key, id, size, etag, at, hidden }: Written): string =>
  `${key} ${id} ${hidden ? 'marker' : `${size} ${etag}`} ${at}`;

function commonPrefix(keys: string[]): string {
  const [first = '', last = ''] = [[...keys].sort()[0], [...keys].sort().at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}

/** As write-bucket.py takes it. */
async function linesOf(unit: Written[], held: Held): Promise<string> {
  const keys = new Map<string, Written[]>();
  for (const version of unit) {
    const all = keys.get(version.key);
    if (all) all.push(version);
    else keys.set(version.key, [version]);
  }
  const lines: string[] = [];
  for (const all of keys.values()) {
    all.sort((a, b) => a.at - b.at);
    for (const [index, version] of all.entries()) {
      const newest = index === all.length - 1;
      const before = all[index - 1];
      // A marker has the content and the time of what it hides; anything older, the moment at which it was superseded.
      const bytes = version.hidden ? (before?.size ?? 0) : version.size;
      const moment = version.hidden ? (before?.at ?? version.at) : (all[index + 1]?.at ?? version.at);
      const content = newest ? await contentOf(version) : '';
      held[version.hidden ? 'markers' : 'versions']++;
      held.bytes += version.size;
      if (version.hidden) held.inMarkers += bytes;
      else if (newest) held.visible++;
      lines.push(
        [
          ...[version.key, version.id, bytes, version.etag, version.hidden ? 'marker' : 'data'],
          ...[newest ? 'newest' : 'older', moment / 1000, content],
        ].join('\t'),
      );
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

async function contentOf({ content = '' }: Written): Promise<string> {
  return typeof content === 'string' ? content : (await content()).written;
}
