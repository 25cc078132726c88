/** What is asked of an aged store, and what that took. */
import type { StoreAccess } from '../../../components/store/client';

export const ASKED = ['preflight', 'restore', 'status'] as const;

export interface Question {
  asked: (typeof ASKED)[number];
  access: StoreAccess;
  keys: { identity: string; recipient: string; resticPassword: string };
}

export interface Answer {
  requests: number;
  /** Objects, versions, markers and folders that listings told. */
  listed: number;
  /** Objects that a host fetches by the plan. */
  fetched: number;
  seconds: number;
}
