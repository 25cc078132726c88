/** Two clients of the forge, started before the fault: one resolves the name every time, one still holds an answer. */
import type { Http } from '../scripts/lib/http';
import { cachingResolver, freshResolver } from '../scripts/lib/http';
import { httpOf, type Forge } from './forge';
import type { Account } from './seed/account';
import { ATTEMPT_MS, firstSuccess, transaction } from './transaction';

export interface Clients {
  /** When each client's first transaction after the fault succeeded. */
  recovered: Promise<{ fresh: number | undefined; cachedClient: number | undefined }>;
  stop(): Promise<void>;
}

export interface ReadyClients {
  /** Begins to try; called right after the fault. */
  start(): Clients;
}

/** Makes both clients and lets each do one transaction, which also primes the cached answer; where nobody is served it may fail. */
export async function prepareClients(
  forge: Forge,
  account: Account,
  nameserver: string,
  { served = true } = {},
): Promise<ReadyClients> {
  const organization = account.plan.organization;
  // Each attempt has a connection of its own: one that is left from before the fault would hang or cheat.
  const fresh = httpOf(forge, { resolve: freshResolver(nameserver), timeoutMs: ATTEMPT_MS, keepAlive: false });
  const cached = httpOf(forge, { resolve: cachingResolver(nameserver), timeoutMs: ATTEMPT_MS, keepAlive: false });
  const attempt = (http: Http, who: string) => (n: number) =>
    transaction(http, forge.baseUrl, account.adminToken, organization, `${who} ${n}`);
  const before = async (http: Http, who: string) => {
    const tried = attempt(http, `before the fault, ${who}`)(0);
    await (served ? tried : tried.catch(() => undefined));
  };
  await before(fresh, 'fresh');
  await before(cached, 'cached');
  return {
    start: () => {
      const stopping = new AbortController();
      const recovered = Promise.all([
        firstSuccess(attempt(fresh, 'fresh'), stopping.signal),
        firstSuccess(attempt(cached, 'cached'), stopping.signal),
      ]).then(([one, two]) => ({ fresh: one, cachedClient: two }));
      return {
        recovered,
        stop: async () => {
          stopping.abort();
          await Promise.all([fresh.close(), cached.close()]);
        },
      };
    },
  };
}
