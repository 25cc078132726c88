import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import { isMounted, mountOverlay, unmountUnder } from '../mounts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/**
 * Without a journal and without write barriers: a disk that is ever mounted again was unmounted in order, and a machine
 * that crashes takes the whole cloud with it. So a host's fsync costs about what it costs on the machine's own disk.
 */
const FORMAT = [
  '-q',
  '-F',
  '-m',
  '0',
  '-O',
  '^has_journal,^resize_inode,sparse_super2',
  '-E',
  'lazy_itable_init=1,nodiscard',
  '-N',
  String(2_000_000),
];
const OPTIONS = 'loop,noatime,nobarrier,noinit_itable';

const FILL_TRIES = 10;

/** Takes space on a disk without writing to it: unwritten extents cost the machine nothing. */
const reserve = (file: string, bytes: number) => run('fallocate', ['-l', String(bytes), file]);

/**
 * The disk of one host: a layer over those of the shared image, in a file system of the droplet's size that lies in one sparse file.
 * A clone's disk has the saved one as a further layer in between, which is never written to.
 */
export class HostDisk {
  /** Where the whole system of the host is mounted. */
  readonly root: string;
  /** What this host wrote; there once attached. */
  readonly layer: string;
  readonly file: string;
  private readonly device: string;
  private readonly base: string;
  private readonly filler: string;

  constructor(
    readonly dir: string,
    private readonly image: string[],
    private readonly saved?: string,
  ) {
    this.root = join(dir, 'root');
    this.file = join(dir, 'disk.img');
    this.device = join(dir, 'disk');
    this.layer = join(this.device, 'layer');
    this.filler = join(this.device, 'filler');
    this.base = join(dir, 'base');
  }

  /** Makes the disk, empty or on top of a saved one, and attaches it. */
  async create(sizeGiB: number): Promise<void> {
    for (const dir of [this.root, this.device, this.base]) mkdirSync(dir, { recursive: true });
    const file = openSync(this.file, 'wx', 0o600);
    ftruncateSync(file, sizeGiB * GIB);
    closeSync(file);
    await run('mkfs.ext4', [...FORMAT, this.file]);
    await this.attach();
    mkdirSync(this.layer);
    if (!this.saved) return;
    // What the saved layer takes counts, or a clone's disk would be emptier than the one that it continues.
    const { blocks, bfree, bsize } = statfsSync(this.base);
    await reserve(join(this.device, 'base-usage'), (blocks - bfree) * bsize);
  }

  exists(): boolean {
    return existsSync(this.file);
  }

  async mount(): Promise<void> {
    await this.attach();
    if (isMounted(this.root)) return;
    await mountOverlay(this.root, {
      lowers: [...(this.saved ? [join(this.base, 'layer')] : []), ...this.image],
      upper: this.layer,
      work: join(this.device, 'work'),
    });
  }

  async unmount(): Promise<void> {
    await unmountUnder(this.dir);
  }

  async remove(): Promise<void> {
    await this.unmount();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Fills the disk but for so many MiB. */
  async fill(leaveMiB: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      await this.unfill();
      const { bavail, bsize } = statfsSync(this.device);
      const bytes = bavail * bsize - leaveMiB * MIB;
      try {
        if (bytes > 0) await reserve(this.filler, bytes);
        return;
      } catch (error) {
        // The host goes on writing: what was free a moment ago need not be free any more.
        if (tries === FILL_TRIES) throw error;
      }
    }
  }

  async unfill(): Promise<void> {
    await this.attach();
    rmSync(this.filler, { force: true });
  }

  private async attach(): Promise<void> {
    if (!isMounted(this.device)) await run('mount', ['-o', OPTIONS, this.file, this.device]);
    if (this.saved && !isMounted(this.base)) await run('mount', ['-o', 'loop,ro', this.saved, this.base]);
  }
}
