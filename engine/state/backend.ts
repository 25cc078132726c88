import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors';
import { Untyped } from './checkpoint';

interface Checkpoint {
  stack: string;
  latest?: Untyped['deployment'];
}

/** The files of one stack in a `file://` backend. */
export class FileBackend {
  readonly lockDirectory: string;
  private readonly root: string;
  private readonly file: string;

  constructor(
    directory: string,
    readonly project: string,
    readonly stack: string,
  ) {
    this.root = join(directory, '.pulumi');
    this.file = join(this.root, 'stacks', project, `${stack}.json`);
    this.lockDirectory = join(this.root, 'locks', 'organization', project, stack);
  }

  /** The stored deployment, or nothing where the stack was never written. */
  read(): Untyped | undefined {
    for (const packed of ['gz', 'zst']) {
      if (existsSync(`${this.file}.${packed}`))
        throw new EngineError(
          `The state ${this.file}.${packed} is compressed, which the embedded engine does not read.`,
        );
    }
    if (!existsSync(this.file)) return undefined;
    let parsed: { version: number; features?: string[]; checkpoint: Checkpoint };
    try {
      parsed = JSON.parse(readFileSync(this.file, 'utf8'));
    } catch {
      throw new EngineError(`The state file ${this.file} is not JSON; the copy before it is ${this.file}.bak.`);
    }
    const { version, features, checkpoint } = parsed;
    return checkpoint?.latest === undefined ? undefined : { version, features, deployment: checkpoint.latest };
  }

  /** Replaces the stored deployment in one step; the one before it stays as `.bak`. */
  write(untyped: Untyped): void {
    const { deployment, ...rest } = untyped;
    const checkpoint: Checkpoint = { stack: `organization/${this.project}/${this.stack}`, latest: deployment };
    mkdirSync(join(this.root, 'stacks', this.project), { recursive: true });
    const meta = join(this.root, 'meta.yaml');
    if (!existsSync(meta)) this.replace(meta, 'version: 1\n');
    if (existsSync(this.file)) copyFileSync(this.file, `${this.file}.bak`);
    this.replace(this.file, JSON.stringify({ ...rest, checkpoint }, null, 4));
  }

  private replace(path: string, text: string): void {
    const temporary = `${path}.tmp${process.pid}`;
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  }
}
