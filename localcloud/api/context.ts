import type { AcmeFaults } from '../acme/front';
import type { KeyPair, Validity } from '../authority/keys';
import type { HostDriver } from '../host-driver';
import type { DownloadFaults } from '../outside/faults';
import type { StoreFaults } from '../store/faults';
import type { Tokens, LimitedToken } from './auth';
import type { Withdrawal } from './lookups';
import type { Network } from './network';
import type { Store } from './state';

/** What the API needs of a logger; pino's and fastify's fit. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ApiDeps {
  driver: HostDriver;
  storeFaults: StoreFaults;
  acme: AcmeFaults;
  /** Issues a certificate that hosts trust. */
  certificate(names: string[], validity: Validity): Promise<KeyPair>;
  downloads: DownloadFaults;
  /** File that holds the state of both APIs across restarts. */
  statePath: string;
  tokens: Tokens;
  zone: { id: string; name: string };
  log: Log;
  /** Limits of the account; the defaults are those of a new DigitalOcean account. */
  limits?: { droplets?: number; requestsPerHour?: number; requestsPerMinute?: number };
}

/** How the making of a droplet may end other than well. */
export type BadEnd = 'errored' | 'stuck' | 'vanishes';

export interface Context extends ApiDeps {
  /** Ends of the next droplets, the first one first. */
  badCreates: BadEnd[];
  store: Store;
  network: Network;
  /** Tokens with few scopes: those given at the start and those issued by the control API. */
  limited: LimitedToken[];
  /** Tokens of an account that owns nothing. */
  others: string[];
  /** Set from outside: for how long the provider's first boot holds apt's locks on every droplet that is made from now on, agent or not. */
  vendorAptSeconds?: number;
  /** Set from outside: what cannot be ordered any more. */
  withdrawn: Withdrawal[];
}

/** A moment as both APIs write it: UTC, whole seconds. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
