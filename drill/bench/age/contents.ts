/** Contents of what is read of an old store: as long as what they stand for, and what the preflight takes for genuine. Nothing else has any. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Encrypter } from 'age-encryption';

export interface Content {
  /** Hexadecimal MD5. */
  md5: string;
  /** As write-bucket.py takes it. */
  written: string;
}

/** age encrypts so much at a time, and seals each with so much. */
const CHUNK_BYTES = 65_536;
const SEAL_BYTES = 16;

export class Contents {
  private readonly known = new Map<number, Promise<Content>>();

  private constructor(
    private readonly folder: string,
    private readonly encrypter: Encrypter,
    private readonly headerBytes: number,
  ) {}

  /** `folder` takes a file for each size that is asked for. */
  static async into(folder: string, recipient: string): Promise<Contents> {
    const { Encrypter } = await import('age-encryption');
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    const { length } = await encrypter.encrypt(new Uint8Array());
    return new Contents(folder, encrypter, length - SEAL_BYTES);
  }

  /** Bytes of what is encrypted of so many bytes. */
  sealedBytes = (plain: number): number =>
    this.headerBytes + plain + SEAL_BYTES * Math.max(1, Math.ceil(plain / CHUNK_BYTES));

  /** So many zeros, encrypted: the same ones for all that have the same size. */
  sealed(plain: number): Promise<Content> {
    const made = this.known.get(plain) ?? this.seal(plain);
    this.known.set(plain, made);
    return made;
  }

  private async seal(plain: number): Promise<Content> {
    const sealed = await this.encrypter.encrypt(new Uint8Array(plain));
    if (sealed.length !== this.sealedBytes(plain)) throw new Error(`age made ${sealed.length} bytes of ${plain}`);
    const path = join(this.folder, String(plain));
    writeFileSync(path, sealed);
    return { md5: createHash('md5').update(sealed).digest('hex'), written: `@${path}` };
  }
}

/** The hash by which restic names an object that begins with these hexadecimal digits and goes on with zeros. */
export function nameOf(begin: string, bytes: number): string {
  const head = Buffer.from(begin, 'hex');
  return createHash('sha256')
    .update(head)
    .update(Buffer.alloc(bytes - head.length))
    .digest('hex');
}
