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

/** Repository of the writes that go on until the fault; they are compared apart. */
export const WRITES_REPOSITORY = 'drill-writes';
/** Repository of the synthetic transactions. */
export const TRANSACTIONS_REPOSITORY = 'drill-transactions';
/** Repositories whose content changes after seeding, so that they are not compared row by row. */
export const LIVE_REPOSITORIES = [WRITES_REPOSITORY, TRANSACTIONS_REPOSITORY];
