/** Judges the log of the load by what came back. Pure. */
import type { Loss } from '../../scripts/lib/drill-report';
import { isAcknowledged, type Acknowledged, type Write } from '../load/log';
import { datasetOfRow, type Row } from '../load/rows';
import type { Work } from '../load/work';

/** The fault, in milliseconds since the epoch: it began at `at`; nothing sent after `struckAt` could reach the old host. */
export interface Strike {
  at: number;
  struckAt: number;
}

export interface JudgedWrite extends Write {
  /** `in-flight`: not answered when the fault began, and never acknowledged. `failed`: not acknowledged either, before or after. */
  outcome: 'acknowledged' | 'in-flight' | 'failed';
  /** Whether all of it is there. Says something of the recovery only for an acknowledged one. */
  recovered: boolean;
}

export interface JudgedLoad {
  /** In the order of sending. */
  writes: JudgedWrite[];
  acknowledged: Acknowledged<JudgedWrite>[];
  recovered: number;
  lost: Acknowledged<JudgedWrite>[];
  /** Rows that came back and that nobody ever sent like that, or that came back twice. */
  invented: Row[];
}

/** Row by row and commit by commit: what was acknowledged, what of it is there, and what is there that nobody sent. */
export function judgeWrites(log: readonly Write[], found: readonly Row[], strike: Strike): JudgedLoad {
  const key = ({ kind, id, value }: Row) => JSON.stringify([kind, id, value]);
  const there = new Set(found.map(key));
  const sent = new Set(log.flatMap(({ rows }) => rows.map(key)));
  const seen = new Set<string>();
  const invented = found.filter((row) => !sent.has(key(row)) || seen.has(key(row)) || !seen.add(key(row)));
  const writes = log.map((write): JudgedWrite => ({
    ...write,
    outcome: outcomeOf(write, strike),
    recovered: write.rows.every((row) => there.has(key(row))),
  }));
  const acknowledged = writes.filter(isAcknowledged);
  const lost = acknowledged.filter(({ recovered }) => !recovered);
  return { writes, acknowledged, recovered: acknowledged.length - lost.length, lost, invented };
}

function outcomeOf(write: Write, strike: Strike): JudgedWrite['outcome'] {
  if (isAcknowledged(write)) return 'acknowledged';
  const waiting = write.sentAt <= strike.at && (write.failedAt === undefined || write.failedAt > strike.at);
  return waiting ? 'in-flight' : 'failed';
}

export const datasetOfWrite = ({ kind }: Write) => datasetOfRow(kind === 'push' ? 'commit' : kind);

/**
 * Writes of a dataset that break the rule that only its end may be lost: a lost write is a hole when it was acknowledged
 * before something was sent that is there, acknowledged or not, because that was built on it. What was sent after the fault
 * was sent to the rebuilt host, which may lose nothing.
 */
export function holes(judged: JudgedLoad, dataset: ReturnType<typeof datasetOfWrite>, strike: Strike): JudgedWrite[] {
  const before = judged.writes.filter(
    (write) => datasetOfWrite(write) === dataset && write.sentAt <= strike.struckAt && write.recovered,
  );
  const newest = before.reduce((latest, { sentAt }) => Math.max(latest, sentAt), -Infinity);
  return judged.lost.filter(
    (write) => datasetOfWrite(write) === dataset && (write.acknowledgedAt < newest || write.sentAt > strike.struckAt),
  );
}

/** A lost write as the report names it. */
export function lossOf(write: Acknowledged<JudgedWrite>, found: readonly Row[]): Loss {
  const changed = write.rows.some((row) =>
    found.some(({ kind, id, value }) => kind === row.kind && id === row.id && value !== row.value),
  );
  return {
    dataset: datasetOfWrite(write),
    kind: write.kind,
    id: write.id,
    acknowledgedAt: new Date(write.acknowledgedAt).toISOString(),
    how: changed ? 'different' : 'missing',
  };
}

export interface Rate {
  acknowledged: number;
  perSecond: number;
}

export interface LoadFigures {
  /** From the first acknowledged writes to the fault. */
  seconds: number;
  database: Rate;
  pushes: Rate;
  /** At the fault. */
  inFlight: Work;
  /** Not acknowledged although the fault was yet to come. */
  failed: number;
}

/** What the load reached between two moments, of which the second is the fault. */
export function figuresOf(log: readonly Write[], from: number, at: number): LoadFigures {
  const seconds = (at - from) / 1000;
  const within = (moment: number | undefined) => moment !== undefined && moment > from && moment <= at;
  const rate = (push: boolean): Rate => {
    const acknowledged = log.filter(
      ({ kind, acknowledgedAt }) => (kind === 'push') === push && within(acknowledgedAt),
    ).length;
    return { acknowledged, perSecond: seconds > 0 ? acknowledged / seconds : 0 };
  };
  const waiting = log.filter(
    ({ sentAt, acknowledgedAt, failedAt }) => sentAt <= at && (acknowledgedAt ?? failedAt ?? Infinity) > at,
  );
  const pushes = waiting.filter(({ kind }) => kind === 'push').length;
  return {
    seconds,
    database: rate(false),
    pushes: rate(true),
    inFlight: { database: waiting.length - pushes, pushes },
    failed: log.filter(({ failedAt }) => within(failedAt)).length,
  };
}
