/** Versions of an old store, and what their files hold. */
import { createHash } from 'node:crypto';
import type { Version } from '../../../components/store/driver';
import type { Content, Contents } from './contents';

/** A version and its content; one without any is a hole, because nobody reads it. */
export interface Written extends Version {
  content?: Content['written'] | (() => Promise<Content>);
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const hashOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
export const md5Of = (content: string | Buffer): string => createHash('md5').update(content).digest('hex');

/** The id that versitygw gives a version: a ULID, the same one each time. */
export function idOf(at: number, salt: string): string {
  const time = Array.from({ length: 10 }, (_, index) => ALPHABET[Math.floor(at / 32 ** (9 - index)) % 32]);
  const rest = [...createHash('sha256').update(salt).digest().subarray(0, 16)].map((byte) => ALPHABET[byte % 32]);
  return [...time, ...rest].join('');
}

/** An object, and what hides it. */
export function written(of: { key: string; at: number; size: number; md5?: string; hiddenAt?: number }): Written[] {
  const { key, at, size, md5 = hashOf(key).slice(0, 32), hiddenAt } = of;
  const one = { key, etag: `"${md5}"` };
  return [
    { ...one, id: idOf(at, key), size, at, hidden: false },
    ...(hiddenAt === undefined
      ? []
      : [{ ...one, id: idOf(hiddenAt, `${key} hidden`), size: 0, at: hiddenAt, hidden: true }]),
  ];
}

/** An object with a text in it. */
export function text(key: string, at: number, content: string | Buffer): Written[] {
  const bytes = Buffer.from(content);
  return written({ key, at, size: bytes.length, md5: md5Of(bytes) }).map((one) => ({
    ...one,
    content: bytes.toString('hex'),
  }));
}

/** An object that the key of the backups opens; where it is hidden, nobody reads it. */
export const sealed = (
  contents: Contents,
  of: { key: string; at: number; plain: number; hiddenAt?: number },
): Written[] =>
  written({ ...of, size: contents.sealedBytes(of.plain) }).map((one) => ({
    ...one,
    content: of.hiddenAt === undefined ? () => contents.sealed(of.plain) : undefined,
  }));
