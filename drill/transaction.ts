/** The synthetic transaction, and the clients that find out when the forge works again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Http } from '../scripts/lib/http';
import { TRANSACTIONS_REPOSITORY } from './seed/account';
import { Gitea } from './seed/gitea';

/** Time limit of one attempt: an answer that takes longer is no service. */
export const ATTEMPT_MS = 3000;
/** A new attempt starts this often, whether or not earlier ones still hang on a host that is not there. */
const PACE_MS = 400;

/** Writes through the API and reads it back. Throws unless both worked. */
export async function transaction(
  http: Http,
  baseUrl: string,
  token: string,
  organization: string,
  title: string,
): Promise<void> {
  const gitea = new Gitea(http, baseUrl, { token });
  const path = `/repos/${organization}/${TRANSACTIONS_REPOSITORY}/issues`;
  const made = await gitea.post(path, { title });
  const read = await gitea.get(`${path}/${made.number}`);
  if (read.title !== title) throw new Error(`wrote "${title}", read "${read.title}"`);
}

/** Starts attempts at an even pace and returns when the first one succeeded; undefined when stopped before. */
export async function firstSuccess(
  attempt: (n: number) => Promise<void>,
  signal: AbortSignal,
  paceMs = PACE_MS,
): Promise<number | undefined> {
  let succeededAt: number | undefined;
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  for (let n = 1; !either.aborted; n++) {
    void attempt(n).then(
      () => {
        succeededAt ??= Date.now();
        done.abort();
      },
      () => undefined,
    );
    await sleep(paceMs, undefined, { signal: either }).catch(() => undefined);
  }
  return succeededAt;
}
