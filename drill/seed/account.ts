/** What the drill holds after seeding: the facts, and the secrets it needs to check that they still work. */
import { Facts } from './facts';
import type { SeedPlan } from './plan';

export interface SeededUser {
  name: string;
  password: string;
  token: string;
  /** Shared secret of TOTP, for the one user that enrolled. */
  totp?: string;
}

export interface SeededHook {
  repository: string;
  secret: string;
  url: string;
}

export interface Account {
  plan: SeedPlan;
  facts: Facts;
  /** Token of the administrator. */
  adminToken: string;
  users: SeededUser[];
  hook?: SeededHook;
  /** Passcodes that were used: the forge takes each only once. */
  usedPasscodes: Set<string>;
}

/** Repositories of the load; they are compared apart. Several, because the pushes to one of them wait for each other. */
export const WRITES_REPOSITORIES = ['drill-writes-1', 'drill-writes-2', 'drill-writes-3'];
/** Repository of the synthetic transactions. */
export const TRANSACTIONS_REPOSITORY = 'drill-transactions';
/** Repositories whose content changes after seeding, so that they are not compared row by row. */
export const LIVE_REPOSITORIES = [...WRITES_REPOSITORIES, TRANSACTIONS_REPOSITORY];
