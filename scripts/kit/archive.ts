/** A recovery kit as a file: a packed tar inside age, so that plain `age` and `tar` open it where there is nothing else. */
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { UserError } from '../lib/errors';

/** One file of a kit. */
export interface KitFile {
  name: string;
  content: Buffer;
  /** The owner may run it. */
  executable?: boolean;
}

/** What a kit is locked with. age allows a passphrase only by itself. */
export type Lock = { recipients: string[] } | { passphrase: string };
/** What opens it. */
export type Key = { identity: string } | { passphrase: string };

/** Packs and encrypts; nothing of it is ever written in clear. */
export async function seal(files: KitFile[], lock: Lock): Promise<Buffer> {
  const tar = pack();
  for (const { name, content, executable } of files)
    tar.entry({ name, mode: executable ? 0o700 : 0o600, mtime: new Date() }, content);
  tar.finalize();
  const packed = gzipSync(await buffer(tar));
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  if ('passphrase' in lock) encrypter.setPassphrase(lock.passphrase);
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(packed));
}

/** Decrypts and unpacks. A key that does not fit, and a damaged kit, are errors in one sentence. */
export async function unseal(kit: Buffer, key: Key): Promise<KitFile[]> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  let tar: Buffer;
  try {
    if ('passphrase' in key) decrypter.addPassphrase(key.passphrase);
    else decrypter.addIdentity(key.identity);
    tar = gunzipSync(await decrypter.decrypt(kit));
  } catch (error) {
    throw new UserError(
      `The kit does not open: ${(error as Error).message}.`,
      'Use the key it was made for; if that is right, the file is damaged: take another copy.',
    );
  }
  const files: KitFile[] = [];
  const reading = extract();
  reading.end(tar);
  for await (const entry of reading) {
    files.push({
      name: entry.header.name,
      content: await buffer(entry),
      executable: ((entry.header.mode ?? 0) & 0o100) !== 0,
    });
  }
  return files;
}
