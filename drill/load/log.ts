/** The log of the load: every write with the moment of its sending and what the client was told. */
import { messageOf } from '../../scripts/lib/errors';
import type { Row, RowKind } from './rows';
import type { Work } from './work';

export type WriteKind = Exclude<RowKind, 'ref' | 'commit'> | 'push';

/**
 * One write. It counts as acknowledged only when the forge answered that it is done. A failed one may or may not be there,
 * because an answer can get lost on its way; so it is neither lost nor, when it comes back, invented.
 */
export interface Write {
  kind: WriteKind;
  id: string;
  /** What it leaves in the forge; all of it, or it has not come back. */
  rows: Row[];
  /** Milliseconds since the epoch, as every moment here. */
  sentAt: number;
  acknowledgedAt?: number;
  /** When the client was told that it failed, or gave it up. */
  failedAt?: number;
  /** Why it failed. */
  why?: string;
}

/** One that the client was told is done. */
export type Acknowledged<W extends Write = Write> = W & { acknowledgedAt: number };

export const isAcknowledged = <W extends Write>(write: W): write is Acknowledged<W> =>
  write.acknowledgedAt !== undefined;

export class WriteLog {
  readonly writes: Write[] = [];
  /** How many were acknowledged so far. */
  readonly acknowledged: Work = { database: 0, pushes: 0 };
  private numbered = 0;
  private readonly open = new Set<Write>();

  constructor(private readonly now: () => number = Date.now) {}

  /** A number that no other write has. */
  number(): number {
    return ++this.numbered;
  }

  /** Logs the sending, sends, and logs the acknowledgement or the failure, which it throws on. */
  async send<T>(kind: WriteKind, rows: [Row, ...Row[]], work: () => Promise<T>): Promise<T> {
    const write: Write = { kind, id: rows[0].id, rows, sentAt: this.now() };
    this.writes.push(write);
    this.open.add(write);
    try {
      const answer = await work();
      write.acknowledgedAt = this.now();
      this.acknowledged[kind === 'push' ? 'pushes' : 'database']++;
      return answer;
    } catch (error) {
      write.failedAt = this.now();
      write.why = messageOf(error);
      throw error;
    } finally {
      this.open.delete(write);
    }
  }

  /** Writes that were sent and not answered yet. */
  inFlight(): Work {
    const pushes = [...this.open].filter(({ kind }) => kind === 'push').length;
    return { database: this.open.size - pushes, pushes };
  }

  /** Whether a write to the database and a push that were both sent at or after a moment are acknowledged. */
  acknowledgedSince(moment: number): boolean {
    const since = this.writes.filter((write) => write.sentAt >= moment && isAcknowledged(write));
    return since.some(({ kind }) => kind === 'push') && since.some(({ kind }) => kind !== 'push');
  }
}
