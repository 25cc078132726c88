/** HTTP as one client sees it: its own resolver, its own trust, its own time limit. */
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type FormData, request, type Dispatcher } from 'undici';
import { required } from '../../stacks/model/required';

/** Finds the address of a name. */
export type Resolve = (hostname: string) => Promise<string>;

export interface HttpOptions {
  resolve?: Resolve;
  /** PEM of the only authority that is trusted. */
  ca?: string;
  /** Takes any certificate: where trust is tried elsewhere. */
  trustsAnyone?: boolean;
  timeoutMs?: number;
  /** Connections kept per origin; 0 makes a new one for every request, as a client that just arrived does. */
  keepAlive?: boolean;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export class Http {
  private readonly agent: Agent;

  constructor(private readonly options: HttpOptions = {}) {
    this.agent = new Agent({
      connect: {
        ca: options.ca,
        rejectUnauthorized: !options.trustsAnyone,
        lookup: options.resolve ? lookupWith(options.resolve) : undefined,
        timeout: options.timeoutMs ?? 30_000,
      },
      pipelining: options.keepAlive === false ? 0 : 1,
    });
  }

  /** Sends one request and reads the whole answer. Redirects are not followed. */
  async send(
    method: string,
    url: string,
    init: { headers?: Record<string, string>; body?: string | Buffer | FormData } = {},
  ): Promise<Answer> {
    const timeout = this.options.timeoutMs ?? 60_000;
    const answer = await request(url, {
      method: method,
      headers: init.headers,
      body: init.body as Dispatcher.DispatchOptions['body'],
      dispatcher: this.agent,
      signal: AbortSignal.timeout(timeout),
    });
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

function lookupWith(resolve: Resolve): LookupFunction {
  return (hostname, options, done) => {
    const answer = isIP(hostname) ? Promise.resolve(hostname) : resolve(hostname);
    answer.then(
      (address) => (options.all ? done(null, [{ address, family: 4 }] as never) : done(null, address, 4)),
      (error) => done(error, '', 4),
    );
  };
}

/** Asks a nameserver each time. */
export function freshResolver(nameserver: string): Resolve {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([nameserver]);
  return async (hostname) => {
    const [address] = await resolver.resolve4(hostname);
    return required(address, `an address of ${hostname}`);
  };
}

/** Keeps an answer for as long as its TTL says, as most resolvers between a client and the zone do. */
export function cachingResolver(nameserver: string, now: () => number = Date.now): Resolve {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([nameserver]);
  return caching(async (hostname) => {
    const [answer] = await resolver.resolve4(hostname, { ttl: true });
    return required(answer, `an address of ${hostname}`);
  }, now);
}

/** The cache on its own. */
export function caching(
  ask: (hostname: string) => Promise<{ address: string; ttl: number }>,
  now: () => number,
): Resolve {
  const cache = new Map<string, { address: string; until: number }>();
  return async (hostname) => {
    const kept = cache.get(hostname);
    if (kept && kept.until > now()) return kept.address;
    const { address, ttl } = await ask(hostname);
    cache.set(hostname, { address, until: now() + ttl * 1000 });
    return address;
  };
}
