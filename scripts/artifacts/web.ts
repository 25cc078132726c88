/** Downloads of `fleet artifacts pin`: redirects are followed over https only, and every way to fail is one sentence. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { UserError, messageOf } from '../lib/errors';

export interface Answer {
  status: number;
  location: string | null;
  body: AsyncIterable<Uint8Array>;
}

/** Asks for one address and follows nothing. */
export type Get = (url: string) => Promise<Answer>;

export const overTheWeb: Get = async (url) => {
  const answer = await fetch(url, { redirect: 'manual', headers: { 'user-agent': 'fleet' } });
  return {
    status: answer.status,
    location: answer.headers.get('location'),
    body: answer.body ? Readable.fromWeb(answer.body as never) : Readable.from([]),
  };
};

const MAX_REDIRECTS = 5;

async function follow(get: Get, url: string): Promise<AsyncIterable<Uint8Array>> {
  let at = url;
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const answer = await get(at).catch((error: unknown) => {
      throw new UserError(
        `${at} could not be asked: ${messageOf(error)}`,
        'Check the network, then run the command again; nothing was written.',
      );
    });
    if (answer.status === 200) return answer.body;
    if (answer.status < 300 || answer.status >= 400 || !answer.location)
      throw new UserError(
        `${at} answered ${answer.status}.`,
        'Look whether its makers still publish it there; nothing was written.',
      );
    at = new URL(answer.location, at).href;
    if (!at.startsWith('https://'))
      throw new UserError(`${url} leads to ${at}, which is in clear; nothing was written.`);
  }
  throw new UserError(`${url} leads from one address to the next without an end; nothing was written.`);
}

/** A small text. */
export async function textAt(get: Get, url: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await follow(get, url)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Hashes of a file of any size, which is not kept. */
export async function hashesAt(get: Get, url: string): Promise<{ sha256: string; sha512: string }> {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  for await (const part of await follow(get, url)) {
    sha256.update(part);
    sha512.update(part);
  }
  return { sha256: sha256.digest('hex'), sha512: sha512.digest('hex') };
}
