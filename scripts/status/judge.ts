/** Whether a dataset's newest restorable point is good enough. Pure. */
import type { Heartbeat } from '../../components/store/heartbeats';
import type { Choice, Missing } from '../../components/store/choice';
import { PARTS, type Part } from '../../components/store/plan';
import { staleness } from '../../components/store/points';
import type { ServicePlan } from '../../services';
import type { Evidence } from '../verify/evidence';

export interface DatasetStatus {
  host: string;
  service: string;
  part: Part;
  /** RFC 3339, or null when the store holds none. */
  newest: string | null;
  /** Seconds before the host's last heartbeat from which on not everything is in the store: what a restore could lose. */
  lagSeconds: number | null;
  objectiveSeconds: number;
  /** Seconds since the host last wrote to the store. */
  heartbeatAgeSeconds: number | null;
  incarnation: string | null;
  stale: boolean;
  /** Why it is stale. */
  reason?: string;
}

/** What a restore of each service would take now. */
export type Stored = Record<string, Choice | Missing>;

/** A heartbeat comes every ten seconds; after this long the host counts as silent. */
export const SILENT_SECONDS = 60;

/**
 * One row a part of each dataset. A database or repository that nobody writes to keeps its newest point and is not stale
 * for that: what counts is that the host still reports, and that nothing waits to be shipped.
 */
export function judge(
  host: string,
  plans: ServicePlan[],
  beats: Heartbeat[],
  stored: Stored,
  now: number,
): DatasetStatus[] {
  const [beat] = beats;
  return plans.flatMap((plan) =>
    PARTS.filter((part) => plan.dataset?.[part]).map((part): DatasetStatus => {
      // Validation lets no dataset without one through.
      const objective = plan.objectives.rpoSeconds ?? 0;
      const found = beat?.datasets[plan.name]?.[part];
      const choice = stored[plan.name];
      const newest = (choice && 'first' in choice && choice.first.plan.parts[part]?.at) || null;
      const heartbeatAge = beat ? Math.max(0, (now - beat.storedAt) / 1000) : null;
      // Covered is later than the newest point where nothing was written since.
      const covered = found?.covered ?? found?.newest;
      const lag = beat && covered ? Math.max(0, (Date.parse(beat.at) - Date.parse(covered)) / 1000) : null;
      const reason =
        beat?.alarms[0] ??
        reasonOf({
          part,
          newest,
          hidden: choice && 'hidden' in choice ? choice.problem : undefined,
          missing: beat ? missingSeconds(beat, found, newest) : 0,
          lag,
          heartbeatAge,
          pending: found?.pending ?? 0,
          interval: plan.dataset?.files?.intervalSeconds ?? 0,
          objective,
        });
      return {
        host,
        service: plan.name,
        part,
        newest,
        lagSeconds: lag,
        objectiveSeconds: objective,
        heartbeatAgeSeconds: heartbeatAge,
        incarnation: beat?.incarnation ?? null,
        stale: reason !== undefined,
        ...(reason === undefined ? {} : { reason }),
      };
    }),
  );
}

/** By how much the newest object is older than the newest that the host says it stored, each by its own clock, in seconds. */
function missingSeconds(
  { at, storedAt }: Heartbeat,
  said: { newest: string | null; covered?: string | null } | undefined,
  newest: string | null,
): number {
  if (!said?.newest || newest === null) return 0;
  const claimed = Math.min(Date.parse(said.newest), Date.parse(said.covered ?? said.newest));
  return (storedAt - Date.parse(newest) - (Date.parse(at) - claimed)) / 1000;
}

function reasonOf(found: {
  part: Part;
  newest: string | null;
  hidden: string | undefined;
  missing: number;
  lag: number | null;
  heartbeatAge: number | null;
  pending: number;
  interval: number;
  objective: number;
}): string | undefined {
  if (found.heartbeatAge === null) return 'the store holds no heartbeat of this host';
  if (found.newest === null) return found.hidden ?? 'the store holds no restorable point';
  if (found.heartbeatAge > SILENT_SECONDS) return `the host has been silent for ${Math.round(found.heartbeatAge)} s`;
  if (found.missing > SILENT_SECONDS)
    return `the newest restorable point is ${Math.round(found.missing)} s older than what the host says it stored; find out who has its key`;
  if (found.pending > 0) return `${found.pending} repositories wait to be shipped`;
  if (found.part === 'database' && found.lag !== null && found.lag > found.objective)
    return `the last ${Math.round(found.lag)} s are not in the store, the objective is ${found.objective} s`;
  // Files are backed up on a timer also when nothing changes, so an old point means that the backup stopped.
  if (found.part === 'files' && found.lag !== null && found.lag > 2 * found.interval)
    return `no backup for ${Math.round(found.lag)} s, expected every ${found.interval} s`;
  return undefined;
}

export interface PointStatus {
  host: string;
  /** Moment of the newest kept point; null where there is none. RFC 3339. */
  at: string | null;
  /** Why that is not enough; absent when it is. */
  reason?: string;
}

/** Whether what a host needs was restored and locked lately. */
export function judgePoint(host: string, newest: string | undefined, now: number): PointStatus {
  const reason = staleness(newest, now);
  return { host, at: newest ?? null, ...(reason === undefined ? {} : { reason }) };
}

export interface ProofStatus {
  host: string;
  /** When its backups were last proved by a restore; null when never. */
  at: string | null;
  /** Why it cannot be relied on; absent when it can. */
  reason?: string;
}

/** Whether a host's backups were proved, and lately enough. */
export function judgeProof(
  host: string,
  evidence: Evidence | undefined,
  withinSeconds: number,
  now: number,
): ProofStatus {
  const at = evidence?.endedAt ?? null;
  const failed = evidence?.checks.filter(({ ok }) => !ok).map(({ name }) => name) ?? [];
  const age = evidence ? (now - Date.parse(evidence.endedAt)) / 1000 : Infinity;
  const reason = !evidence
    ? 'its backups were never proved by a restore; run fleet verify'
    : !evidence.ok
      ? `the last restore of its backups failed: ${failed.join(', ') || 'see its evidence'}`
      : age > withinSeconds
        ? `its backups were last proved ${Math.floor(age / 3600)} h ago, expected every ${Math.round(withinSeconds / 3600)} h`
        : undefined;
  return { host, at, ...(reason === undefined ? {} : { reason }) };
}

export interface CertificateStatus {
  host: string;
  /** Public names that clients refuse. */
  pending: string[];
  /** Absent where there are none. */
  reason?: string;
}

/** Whether clients trust the public names of a host, as it last said itself. */
export function judgeCertificates(host: string, [beat]: Heartbeat[]): CertificateStatus {
  const pending = beat?.pendingCertificates ?? [];
  return {
    host,
    pending,
    ...(pending.length
      ? {
          reason: `its certificate for ${pending.join(', ')} is pending, so clients refuse it; see journalctl -u caddy there`,
        }
      : {}),
  };
}
