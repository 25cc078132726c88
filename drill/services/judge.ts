/** The figures of each service: how long it was away, and what of its acknowledged writes is lost. Pure. */
import type { ServicePlan } from '../../services';
import type { Check, EngineStep, Report, ServiceFigures } from '../../scripts/lib/drill-report';
import { against, shareWords, WHOLE } from '../machine/share';
import type { Verified } from './host';

export interface Seen {
  /** Name of the host and the plans of its services. */
  host: string;
  plans: ServicePlan[];
  /** When the fault struck. */
  faultAt: number;
  /** Steps of the rebuild. */
  steps: EngineStep[];
  /** Moments of the acknowledged writes, and of those that are there after the rebuild, by `service/part`. */
  acknowledged: Map<string, number[]>;
  found: Map<string, number[]>;
  /** What the verification of each service says at the end. */
  verified: Verified[];
  /** Seconds until each of those that were killed was up again by itself. */
  healed: Map<string, number>;
  /** Figures that were measured from outside and count instead: of the forge, which has its own load. */
  measured: Record<string, { rto: number | null; rtoObjective: number; rpo: number | null }>;
}

/** What is killed before the fault: what runs all the time, and not what the names lead to, which has faults of its own. */
export const killable = (plans: ServicePlan[]): ServicePlan[] =>
  plans.filter((plan) => !plan.critical && plan.health.unit.endsWith('.service') && !endsByItself(plan));

const endsByItself = ({ health, units }: ServicePlan): boolean =>
  units.some(({ name, content }) => name === health.unit && /^Type=oneshot$/m.test(content));

/** Seconds from the fault to the end of the service's first verification that passed; null when none did. */
export function backAfter(
  service: string,
  { host, faultAt, steps }: Pick<Seen, 'host' | 'faultAt' | 'steps'>,
): number | null {
  const step = steps.find(
    ({ name, op, end, failed }) =>
      name === `Command ${host}-${service}-verify` && !op.startsWith('delete') && end !== null && !failed,
  );
  return step?.end ? (Date.parse(step.end) - faultAt) / 1000 : null;
}

/** Seconds before the fault from which on acknowledged writes are lost: 0 for none, null when nothing came back. */
export function lostBefore(
  service: string,
  { faultAt, acknowledged, found }: Pick<Seen, 'faultAt' | 'acknowledged' | 'found'>,
): number | null {
  const parts = [...acknowledged].filter(([key]) => key.startsWith(`${service}/`));
  const losses = parts.map(([key, moments]) => {
    const there = new Set(found.get(key));
    const kept = moments.filter((moment) => there.has(moment));
    if (kept.length === moments.length) return 0;
    return kept.length ? (faultAt - Math.max(...kept)) / 1000 : null;
  });
  return losses.includes(null) ? null : Math.max(0, ...losses.map((loss) => loss ?? 0));
}

/** One row a service. */
export function figuresOf(seen: Seen): ServiceFigures[] {
  return seen.plans.map((plan) => {
    const verified = seen.verified.find(({ service }) => service === plan.name);
    const hasData = plan.dataset !== undefined;
    const measured = seen.measured[plan.name];
    return {
      host: seen.host,
      service: plan.name,
      critical: plan.critical,
      restart: killable([plan]).length
        ? { seconds: seen.healed.get(plan.name) ?? null, objectiveSeconds: plan.objectives.rtoRestartSeconds }
        : null,
      rto: {
        seconds: measured ? measured.rto : backAfter(plan.name, seen),
        objectiveSeconds: measured ? measured.rtoObjective : plan.objectives.rtoRebuildSeconds,
      },
      rpo: hasData
        ? {
            seconds: measured ? measured.rpo : lostBefore(plan.name, seen),
            objectiveSeconds: plan.objectives.rpoSeconds ?? 0,
          }
        : null,
      transaction: { ok: verified?.ok ?? false, said: verified?.said ?? 'its verification did not run' },
    };
  });
}

type Timed = 'rto' | 'rpo' | 'restart';

/** The rows against their objectives, with what the drill had of its machine meanwhile. */
export function checksOf(rows: ServiceFigures[], share: Report['share']): Check[] {
  const worst = (kind: Timed) => Math.max(0, ...rows.map(({ [kind]: one }) => one?.seconds ?? 0)).toFixed(1);
  const broken = rows
    .filter(({ transaction }) => !transaction.ok)
    .map(({ host, service, transaction }) => `${service} on ${host}: ${transaction.said}`);
  return [
    heldBy(
      rows,
      'restart',
      share?.beforeFault,
      'every killed service up again within its RTO',
      `${rows.filter(({ restart }) => restart).length} services, the last one after ${worst('restart')} s`,
    ),
    heldBy(
      rows,
      'rto',
      share?.sinceFault,
      'every service back within its RTO',
      `${rows.length} services, the last one after ${worst('rto')} s`,
    ),
    heldBy(
      rows,
      'rpo',
      share?.beforeFault,
      'every service within its RPO',
      `${rows.filter(({ rpo }) => rpo).length} datasets, ${worst('rpo')} s lost at most`,
    ),
    {
      name: 'every service works',
      ok: broken.length === 0,
      detail: broken.join('; ') || `${rows.length} verifications with their transactions pass`,
    },
  ];
}

/** One objective of every service: as bad as the worst of them. */
function heldBy(rows: ServiceFigures[], kind: Timed, share = WHOLE, name: string, good: string): Check {
  const missed = rows.flatMap(({ host, service, [kind]: one }) => {
    const held = one && against(one.seconds, one.objectiveSeconds, share);
    return one && held && !held.ok
      ? [
          {
            inconclusive: held.inconclusive,
            words: `${service} on ${host}: ${one.seconds === null ? 'never' : `${one.seconds.toFixed(1)} s`}, objective ${one.objectiveSeconds} s`,
          },
        ]
      : [];
  });
  const detail = missed.map(({ words }) => words).join('; ');
  if (missed.length && missed.every(({ inconclusive }) => inconclusive))
    return { name, ok: false, inconclusive: true, detail: `${detail}; ${shareWords(share)}` };
  return { name, ok: missed.length === 0, detail: detail || good };
}
