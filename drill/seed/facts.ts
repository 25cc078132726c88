/**
 * What was acknowledged, as facts: a key and a value, with the moment of the acknowledgement. A later fact with the same
 * key takes the place of the earlier one, as a second push to a branch does.
 */
import { createHash } from 'node:crypto';

/** Parts of the forge's dataset, by the way they are backed up. */
export type DatasetName = 'gitea/database' | 'gitea/repositories' | 'gitea/files';

/** Every kind of fact: where it lies, and what several of it are called. */
const kinds = {
  user: ['gitea/database', 'users'],
  organization: ['gitea/database', 'organizations'],
  token: ['gitea/database', 'access tokens'],
  totp: ['gitea/database', 'logins with TOTP'],
  key: ['gitea/database', 'SSH keys'],
  repository: ['gitea/database', 'repositories'],
  label: ['gitea/database', 'labels'],
  issue: ['gitea/database', 'issues'],
  comment: ['gitea/database', 'comments'],
  pull: ['gitea/database', 'pull requests'],
  release: ['gitea/database', 'releases'],
  webhook: ['gitea/database', 'webhooks'],
  ref: ['gitea/repositories', 'branches and tags'],
  wiki: ['gitea/repositories', 'wiki pages'],
  lfs: ['gitea/files', 'LFS objects'],
  attachment: ['gitea/files', 'attachments'],
} satisfies Record<string, [DatasetName, string]>;

export type FactKind = keyof typeof kinds;
export const FACT_KINDS = Object.keys(kinds) as FactKind[];

export const datasetOf = (kind: FactKind): DatasetName => kinds[kind][0];
export const pluralOf = (kind: FactKind): string => kinds[kind][1];

export interface Fact {
  kind: FactKind;
  id: string;
  value: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Facts by key. */
export class Facts {
  private readonly all = new Map<string, Fact>();
  /** Every acknowledgement, those that were superseded included. */
  acknowledged = 0;

  add(kind: FactKind, id: string, value: string, at = Date.now()): void {
    this.acknowledged += 1;
    this.all.set(`${kind} ${id}`, { kind, id, value, at });
  }

  get(kind: FactKind, id: string): Fact | undefined {
    return this.all.get(`${kind} ${id}`);
  }

  list(kind?: FactKind): Fact[] {
    const facts = [...this.all.values()];
    return kind ? facts.filter((fact) => fact.kind === kind) : facts;
  }
}

/** Digest of anything that is compared whole. */
export function digest(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

export const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
