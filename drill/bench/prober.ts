/** The outside client of a rebuild: tries a transaction through the public name until the first one works. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freshResolver } from '../../scripts/lib/http';
import type { Seeded } from '../context';
import { httpOf } from '../forge';
import { ATTEMPT_MS, transaction } from '../transaction';

/** Fine against the seconds that are measured; every attempt is a connection of its own. */
const PACE_MS = 100;

export interface Prober {
  /** When the first transaction was done, in milliseconds since the epoch. */
  first: Promise<number>;
  stop(): void;
}

/** Begins to try. Attempts that still hang on a host that is not there do not hold the next one back. */
export function probe(drill: Seeded, signal: AbortSignal): Prober {
  const forge = drill.forge;
  const account = drill.account;
  const http = httpOf(forge, {
    resolve: freshResolver(drill.cloud.nameserver),
    timeoutMs: ATTEMPT_MS,
    keepAlive: false,
  });
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const first = (async () => {
    let done: number | undefined;
    for (let n = 0; done === undefined; n++) {
      either.throwIfAborted();
      void transaction(
        http,
        forge.baseUrl,
        account.adminToken,
        account.plan.organization,
        `probe ${Date.now()} ${n}`,
      ).then(
        () => (done ??= Date.now()),
        () => undefined,
      );
      await sleep(PACE_MS, undefined, { signal: either });
    }
    return done;
  })().finally(() => http.close());
  first.catch(() => undefined);
  return { first, stop: () => stopping.abort() };
}
