/**
 * What was acknowledged, as facts: a key and a value, with the moment of the acknowledgement. A later fact with the same
 * key takes the place of the earlier one, as a second push to a branch does.
 */
import { createHash } from 'node:crypto';

/** Parts of the forge's dataset, by the way they are backed up. */
export type DatasetName = 'gitea/database' | 'gitea/repositories' | 'gitea/files';

const datasets = {
  user: 'gitea/database',
  organization: 'gitea/database',
  token: 'gitea/database',
  totp: 'gitea/database',
  key: 'gitea/database',
  repository: 'gitea/database',
  label: 'gitea/database',
  issue: 'gitea/database',
  comment: 'gitea/database',
  pull: 'gitea/database',
  release: 'gitea/database',
  webhook: 'gitea/database',
  ref: 'gitea/repositories',
  wiki: 'gitea/repositories',
  lfs: 'gitea/files',
  attachment: 'gitea/files',
} satisfies Record<string, DatasetName>;

export type FactKind = keyof typeof datasets;
export const FACT_KINDS = Object.keys(datasets) as FactKind[];

export const datasetOf = (kind: FactKind): DatasetName => datasets[kind];

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
