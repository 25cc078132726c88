import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SFTPWrapper } from 'ssh2';
import { EngineError, messageOf } from '../../errors';
import { isArchive, isAsset, isObject, PropertyMap, UNKNOWN, unwrapAll, Value } from '../../values';
import { Call, CheckFailure, Known } from '../types';
import { CommandResource, FieldType, requireKnown, uniqueHex } from './base';
import { completeConnection, connectionOf } from './connection';
import { openSftp, withClient } from './ssh';

const PARALLEL_FILES = 16;
const NO_SUCH_FILE = 2;

type Kind = 'directory' | 'file' | undefined;

/** File operations on a host. Modes are left to the host, as the official provider leaves them. */
class Remote {
  constructor(private readonly sftp: SFTPWrapper) {}

  async kind(path: string): Promise<Kind> {
    try {
      const stats = await promisify(this.sftp.stat.bind(this.sftp))(path);
      return stats.isDirectory() ? 'directory' : 'file';
    } catch (error) {
      if ((error as { code?: number }).code === NO_SUCH_FILE) return undefined;
      throw new EngineError(`failed to stat remote path ${path}: ${messageOf(error)}`);
    }
  }

  private async mkdir(path: string): Promise<void> {
    try {
      await promisify(this.sftp.mkdir.bind(this.sftp) as (p: string, callback: (error?: Error | null) => void) => void)(
        path,
      );
    } catch (error) {
      // Two copies to one place make the same directories.
      if ((await this.kind(path)) !== 'directory')
        throw new EngineError(`failed to create remote directory ${path}: ${messageOf(error)}`);
    }
  }

  async directory(path: string): Promise<void> {
    const kind = await this.kind(path);
    if (kind === 'directory') return;
    if (kind === 'file') throw new EngineError(`remote path ${path} exists but is not a directory`);
    const parent = posix.dirname(path);
    if (parent !== path) await this.directory(parent);
    await this.mkdir(path);
  }

  async write(path: string, content: Buffer): Promise<void> {
    try {
      await promisify(
        this.sftp.writeFile.bind(this.sftp) as (
          p: string,
          data: Buffer,
          callback: (error?: Error | null) => void,
        ) => void,
      )(path, content);
    } catch (error) {
      throw new EngineError(`failed to write remote file ${path}: ${messageOf(error)}`);
    }
  }

  /** Copies what is in a directory: directories in order, then all files side by side. */
  async tree(source: string, target: string): Promise<void> {
    const files: [string, string][] = [];
    const lay = async (from: string, to: string): Promise<void> => {
      await this.directory(to);
      for (const entry of readdirSync(from, { withFileTypes: true })) {
        const pair: [string, string] = [join(from, entry.name), posix.join(to, entry.name)];
        if (entry.isDirectory()) await lay(...pair);
        else files.push(pair);
      }
    };
    await lay(source, target);
    const queue = files[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (const [from, to] of queue) await this.write(to, readFileSync(from));
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_FILES, files.length) }, worker));
  }
}

/** Where a source goes, by the official rules: `dir` into the target, `dir/` is its content. */
async function copy(remote: Remote, root: string, given: string, target: string): Promise<void> {
  const source = resolve(root, given);
  const stats = statSync(source, { throwIfNoEntry: false });
  if (stats === undefined) throw new EngineError(`${source} does not exist.`);
  const kind = await remote.kind(target);
  if (stats.isDirectory()) {
    if (kind === 'file') throw new EngineError(`remote path ${target} exists but is not a directory`);
    await remote.tree(source, given.endsWith('/') ? target : posix.join(target, basename(source)));
  } else if (kind === 'directory') await remote.write(posix.join(target, basename(source)), readFileSync(source));
  else {
    if (kind === undefined) await remote.directory(posix.dirname(target));
    await remote.write(target, readFileSync(source));
  }
}

async function copyText(remote: Remote, text: string, target: string): Promise<void> {
  if ((await remote.kind(target)) === 'directory')
    throw new EngineError(
      `remote path ${target} is a directory; when using a text asset, remotePath must be a file path`,
    );
  await remote.directory(posix.dirname(target));
  await remote.write(target, Buffer.from(text));
}

/** `command:remote:CopyToRemote` */
export class CopyToRemote extends CommandResource {
  protected readonly fields: Record<string, FieldType> = {
    connection: 'connection',
    source: 'source',
    remotePath: 'string',
    triggers: 'list',
  };
  protected readonly required = ['connection', 'source', 'remotePath'];

  constructor(private readonly root: string) {
    super();
  }

  protected override complete(key: string, value: Value, failures: CheckFailure[]): Value {
    if (key === 'connection') return completeConnection(value, failures);
    const bare = isObject(value) ? value : {};
    if (
      key === 'source' &&
      (isAsset(bare) || isArchive(bare)) &&
      typeof bare.path !== 'string' &&
      typeof bare.text !== 'string'
    ) {
      failures.push({ property: 'source', reason: 'must be a file asset, text asset or file archive' });
    }
    return value;
  }

  private async copy(call: Call, inputs: PropertyMap): Promise<void> {
    requireKnown(inputs);
    const source = inputs.source as { [key: string]: Value };
    const target = String(inputs.remotePath);
    await withClient(call, connectionOf(inputs), async (client) => {
      const remote = new Remote(await openSftp(client));
      await (isAsset(source) && typeof source.text === 'string'
        ? copyText(remote, source.text, target)
        : copy(remote, this.root, String(source.path), target));
    });
  }

  async create(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    if (call.preview) return { id: '', outputs: inputs };
    await this.copy(call, unwrapAll(inputs));
    return { id: uniqueHex(), outputs: inputs };
  }

  async update(call: Call, old: Known, news: PropertyMap): Promise<PropertyMap> {
    if (call.preview) return news;
    const [before, now] = [unwrapAll(old.inputs), unwrapAll(news)];
    const hash = (inputs: PropertyMap): Value => (inputs.source as { [key: string]: Value }).hash ?? UNKNOWN;
    if (hash(before) !== hash(now) || before.remotePath !== now.remotePath) await this.copy(call, now);
    return news;
  }
}
