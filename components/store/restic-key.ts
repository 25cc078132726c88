/** Whether a password opens a restic repository: tried on its key files, without restic and without reading any data. */
import { createDecipheriv, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

const keySchema = z.looseObject({
  kdf: z.literal('scrypt'),
  N: z.number().int(),
  r: z.number().int(),
  p: z.number().int(),
  salt: z.base64(),
  data: z.base64(),
});

const IV_BYTES = 16;
const MAC_BYTES = 16;
/** restic asks for 32 MiB and a little more. */
const MEMORY = 2 ** 28;

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** Whether any of the key files (their raw bytes) opens with the password. A file that is no key file opens with none. */
export async function opensWith(password: string, keyFiles: Uint8Array[]): Promise<boolean> {
  for (const file of keyFiles) if (await opens(password, file)) return true;
  return false;
}

async function opens(password: string, file: Uint8Array): Promise<boolean> {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(file).toString('utf8'));
  } catch {
    return false;
  }
  const key = keySchema.safeParse(content);
  if (!key.success) return false;
  const { N, r, p, salt, data } = key.data;
  const derived = await derive(password, Buffer.from(salt, 'base64'), 64, { N, r, p, maxmem: MEMORY });
  const sealed = Buffer.from(data, 'base64');
  const decipher = createDecipheriv('aes-256-ctr', derived.subarray(0, 32), sealed.subarray(0, IV_BYTES));
  const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, sealed.length - MAC_BYTES)), decipher.final()]);
  // What a wrong key makes of it is noise, and noise is no JSON.
  try {
    return 'encrypt' in JSON.parse(text.toString('utf8'));
  } catch {
    return false;
  }
}
