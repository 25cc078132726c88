/** The outside client of a rebuild: tries a transaction through the public name until the first one works. */
import { freshResolver } from '../../scripts/lib/http';
import type { Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { httpOf } from '../forge';
import { ATTEMPT_MS, firstSuccess, transaction } from '../transaction';

/** Fine against the seconds that are measured; every attempt is a connection of its own. */
const PACE_MS = 100;

export interface Prober {
  /** When the first transaction was done, in milliseconds since the epoch. */
  first: Promise<number>;
  stop(): void;
}

/** Begins to try. Attempts that still hang on a host that is not there do not hold the next one back. */
export function probe({ forge, account, cloud }: Seeded, signal: AbortSignal): Prober {
  const { adminToken, plan } = account;
  const resolve = freshResolver(cloud.nameserver);
  const http = httpOf(forge, { resolve, timeoutMs: ATTEMPT_MS, keepAlive: false });
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const attempt = (n: number) =>
    transaction(http, forge.baseUrl, adminToken, plan.organization, `probe ${Date.now()} ${n}`);
  const first = firstSuccess(attempt, either, PACE_MS)
    .then((done) => {
      if (done === undefined) either.throwIfAborted();
      return required(done, 'a transaction');
    })
    .finally(() => http.close());
  first.catch(() => undefined);
  return { first, stop: () => stopping.abort() };
}
