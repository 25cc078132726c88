import { createHash, Hash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError } from './errors';
import { ARCHIVE, ASSET, isArchive, isAsset, mapChildren, PropertyMap, SIGNATURE, Value } from './values';

const BLOCK = 512;
const MAX_NAME = 100;
const PACKED = /\.(tar|tgz|tar\.gz|zip|jar)$/;

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME)
    throw new EngineError(
      `The path ${name} in an archive is longer than ${MAX_NAME} bytes, which the embedded engine does not hash; shorten it.`,
    );
  const block = Buffer.alloc(BLOCK);
  const put = (offset: number, text: string): void => void block.write(text, offset, 'utf8');
  put(0, name);
  put(100, '0000600\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, '        ');
  put(156, '0');
  put(257, 'ustar\0');
  put(263, '00');
  put(329, '0000000\0');
  put(337, '0000000\0');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

function addFile(hash: Hash, name: string, content: Buffer): void {
  hash.update(header(name, content.length));
  hash.update(content);
  hash.update(Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
}

/** Regular files below a directory, in walk order, as paths relative to it. */
export function walkFiles(directory: string, prefix = ''): string[] {
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const files: string[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true }).sort((a, b) => byBytes(a.name, b.name))) {
    if (entry.name === '.pulumi') continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) files.push(...walkFiles(path, `${prefix}${entry.name}/`));
    else if (entry.isFile() || (entry.isSymbolicLink() && statSync(realpathSync(path)).isFile()))
      files.push(`${prefix}${entry.name}`);
  }
  return files;
}

/** The hash of a directory archive, byte for byte as the official engine computes it. */
export function hashDirectory(directory: string): string {
  const hash = createHash('sha256');
  for (const file of walkFiles(directory)) addFile(hash, file, readFileSync(join(directory, file)));
  hash.update(Buffer.alloc(2 * BLOCK));
  return hash.digest('hex');
}

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

function readLocal(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new EngineError(`The asset ${path} cannot be read.`);
  }
}

function hashAsset(asset: { [key: string]: Value }, root: string): Value {
  const { text, path, uri } = asset;
  if (typeof text === 'string') return { [SIGNATURE]: ASSET, hash: sha256(text), text };
  if (typeof path === 'string') return { [SIGNATURE]: ASSET, hash: sha256(readLocal(resolve(root, path))), path };
  throw new EngineError(
    `An asset ${typeof uri === 'string' ? 'from a URL' : 'without text or path'} is not supported by the embedded engine.`,
  );
}

function hashArchive(full: string): string {
  const stats = statSync(full, { throwIfNoEntry: false });
  if (stats === undefined) throw new EngineError(`The archive ${full} does not exist.`);
  if (stats.isDirectory()) return hashDirectory(full);
  if (!PACKED.test(full))
    throw new EngineError(`The archive ${full} is neither a directory nor a .tar, .tar.gz, .zip or .jar file.`);
  return sha256(readFileSync(full));
}

/** Gives the assets and archives of one run their hashes; paths are relative to the project. */
export class AssetHasher {
  /** By path: the hosts of a stack get the same archive, and reading it anew for each would be most of a preview's work here. */
  private readonly archives = new Map<string, string>();

  constructor(private readonly root: string) {}

  /** The properties with every asset and archive hashed. */
  hashed(properties: PropertyMap): PropertyMap {
    return this.withHashes(properties) as PropertyMap;
  }

  private withHashes(value: Value): Value {
    if (isAsset(value)) return hashAsset(value, this.root);
    if (isArchive(value)) return this.archive(value);
    return mapChildren(value, (child) => this.withHashes(child));
  }

  private archive({ path }: { [key: string]: Value }): Value {
    if (typeof path !== 'string')
      throw new EngineError(
        'An archive that is not a path (a map of assets or a URL) is not supported by the embedded engine.',
      );
    const full = resolve(this.root, path);
    const hash = this.archives.get(full) ?? hashArchive(full);
    this.archives.set(full, hash);
    return { [SIGNATURE]: ARCHIVE, hash, path };
  }
}
