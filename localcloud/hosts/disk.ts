import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';

/** The disk of one host: a layer of its own over the shared image. */
export class HostDisk {
  readonly root: string;
  readonly layer: string;
  private readonly work: string;

  constructor(readonly dir: string, private readonly image: string) {
    this.root = join(dir, 'root');
    this.layer = join(dir, 'layer');
    this.work = join(dir, 'work');
  }

  create(): void {
    for (const dir of [this.root, this.layer, this.work]) mkdirSync(dir, { recursive: true });
  }

  async mount(): Promise<void> {
    if (mountsUnder(this.root).length > 0) return;
    await run('mount', ['-t', 'overlay', 'fleetcloud', '-o', `lowerdir=${this.image},upperdir=${this.layer},workdir=${this.work}`, this.root]);
  }

  async unmount(): Promise<void> {
    await unmountUnder(this.root);
  }

  async remove(): Promise<void> {
    await this.unmount();
    rmSync(this.dir, { recursive: true, force: true });
  }

  exists(): boolean {
    return existsSync(this.layer);
  }
}

/** Mount points at or below a folder, innermost first. */
export function mountsUnder(dir: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8').split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((point) => point === dir || point.startsWith(`${dir}/`))
    .reverse();
}

/** Takes away whatever is mounted at or below a folder. */
export async function unmountUnder(dir: string): Promise<void> {
  for (const point of mountsUnder(dir)) await run('umount', [point]);
}
