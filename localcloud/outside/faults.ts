import { open, stat, type FileHandle } from 'node:fs/promises';
import { pipeline, Readable, Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/**
 * How downloads go wrong: `missing` answers 404, `cut` breaks off in the middle, `slow` sends so many bytes a second, `wrong` sends another file of
 * the same length. `address` is host and path, on the mirror `mirror/` and both; `*` stands for any text; the next `count` downloads meet it, or all of them.
 */
export const downloadFaultSchema = z.strictObject({
  address: z.string().min(1),
  how: z.enum(['missing', 'cut', 'slow', 'wrong']),
  bytesPerSecond: z.number().int().positive().default(1000),
  count: z.number().int().positive().optional(),
});

export type DownloadFault = z.infer<typeof downloadFaultSchema>;

const pattern = (address: string) =>
  new RegExp(
    `^${address
      .split('*')
      .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
  );

/** The faults of downloads that are in force. */
export class DownloadFaults {
  private list: DownloadFault[] = [];

  add(fault: DownloadFault): void {
    this.list.push({ ...fault });
  }

  all(): DownloadFault[] {
    return this.list;
  }

  clear(): void {
    this.list = [];
  }

  /** The fault that a download of this address meets now. */
  take(address: string): DownloadFault | undefined {
    const fault = this.list.find((one) => pattern(one.address).test(address));
    if (fault?.count !== undefined && --fault.count === 0) this.list = this.list.filter((one) => one !== fault);
    return fault;
  }
}

const CHUNK = 1 << 20;

/** The content of a file, as the fault has it. */
export async function contentOf(
  path: string,
  fault: DownloadFault | undefined,
): Promise<{ bytes: number; stream: Readable }> {
  const { size } = await stat(path);
  const handle = await open(path);
  const whole = () => handle.createReadStream({ highWaterMark: CHUNK });
  if (fault?.how === 'cut') return { bytes: size, stream: through(whole(), breaksAt(size / 2)) };
  if (fault?.how === 'wrong') return { bytes: size, stream: through(whole(), inverted()) };
  if (fault?.how === 'slow') return { bytes: size, stream: Readable.from(dripping(handle, fault.bytesPerSecond)) };
  return { bytes: size, stream: whole() };
}

/** The file is closed whichever end breaks first. */
const through = (from: Readable, to: Transform): Transform => pipeline(from, to, () => undefined);

const breaksAt = (bytes: number): Transform => {
  let sent = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      sent += chunk.length;
      if (sent >= bytes) done(new Error('broken off on purpose'));
      else done(null, chunk);
    },
  });
};

const inverted = (): Transform =>
  new Transform({
    transform: (chunk: Buffer, _, done) =>
      done(
        null,
        chunk.map((byte) => byte ^ 0xff),
      ),
  });

async function* dripping(handle: FileHandle, bytesPerSecond: number): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(bytesPerSecond) });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      await delay(1000);
    }
  } finally {
    await handle.close();
  }
}
