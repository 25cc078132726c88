/** Makes a repository's history locally with `git fast-import`: fast, and the same for the same seed. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { sha256 } from './facts';
import { git } from './git';
import type { PlannedRepository } from './plan';
import { bytes } from './random';

export interface LfsObject {
  oid: string;
  data: Buffer;
}

/** Start of every history; later commits follow a minute apart. */
const EPOCH = 1_767_225_600;

/** Writes the history into a new bare repository at `dir` and returns its LFS objects, which are uploaded apart. */
export async function buildRepository(
  env: Record<string, string>,
  dir: string,
  seed: number,
  plan: PlannedRepository,
): Promise<LfsObject[]> {
  await git(env, ['init', '--quiet', '--bare', '--initial-branch=main', dir]);
  const lfs = plan.lfs.map((size, index) => {
    const data = bytes(seed, `${plan.name}/lfs/${index}`, size);
    return { oid: sha256(data), data };
  });
  await fastImport(env, dir, async (out) => {
    const each = Math.floor(plan.bytes / plan.commits);
    for (let n = 0; n < plan.commits; n++) {
      const files: Array<[string, Buffer]> = [
        ['README.md', Buffer.from(`# ${plan.name}\n\n${plan.description}, revision ${n}\n`)],
        [`data/part-${n}.bin`, bytes(seed, `${plan.name}/${n}`, each)],
      ];
      if (n === 0 && lfs.length) {
        files.push(['.gitattributes', Buffer.from('*.lfs filter=lfs diff=lfs merge=lfs -text\n')]);
        lfs.forEach((object, index) => files.push([`assets/${index}.lfs`, Buffer.from(lfsPointer(object))]));
      }
      await commit(out, 'refs/heads/main', n, `Revision ${n}`, files);
    }
    for (const [index, branch] of plan.branches.entries()) {
      const file: [string, Buffer] = [
        `notes/${branch.replace(/\//g, '-')}.md`,
        Buffer.from(`Branch ${branch} of ${plan.name}\n`),
      ];
      await commit(out, `refs/heads/${branch}`, plan.commits + index, `Work on ${branch}`, [file], 'refs/heads/main');
    }
    for (const tag of plan.tags) await write(out, `reset refs/tags/${tag}\nfrom refs/heads/main\n\n`);
  });
  return lfs;
}

/** The text that stands in the repository for an LFS object. */
export function lfsPointer(object: LfsObject): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${object.oid}\nsize ${object.data.length}\n`;
}

async function fastImport(
  env: Record<string, string>,
  dir: string,
  feed: (out: Writable) => Promise<void>,
): Promise<void> {
  // Without deltas: the content has none to find.
  const child = spawn('git', ['fast-import', '--quiet', '--depth=0', '--date-format=raw'], {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = once(child, 'close') as Promise<[number | null]>;
  // A child that dies early breaks the pipe; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  await feed(child.stdin);
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import failed: ${said.trim().split('\n').slice(-2).join(' ')}`);
}

async function commit(
  out: Writable,
  ref: string,
  n: number,
  message: string,
  files: Array<[string, Buffer]>,
  from?: string,
): Promise<void> {
  const who = `Fleet drill <drill@fleet.invalid> ${EPOCH + n * 60} +0000`;
  await write(out, `commit ${ref}\nauthor ${who}\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}\n`);
  if (from) await write(out, `from ${from}\n`);
  for (const [path, data] of files) {
    await write(out, `M 100644 inline ${path}\ndata ${data.length}\n`);
    await write(out, data);
    await write(out, '\n');
  }
  await write(out, '\n');
}

/** Writes one chunk and waits while the pipe is full; a pipe that closes ends the wait, too. */
async function write(out: Writable, chunk: string | Buffer): Promise<void> {
  if (out.write(chunk) || out.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      out.off('drain', go).off('close', go);
      resolve();
    };
    out.once('drain', go).once('close', go);
  });
}
