/** What a report says in the end: objectives as checks, and the verdict. */
import type { Check, Report } from '../scripts/lib/drill-report';
import { against, shareWords, WHOLE } from './machine/share';

/** A check that speaks against the fleet. */
export const fails = ({ ok, inconclusive }: Check): boolean => !ok && !inconclusive;

/** The one word a drill ends with. It speaks of the fleet: what the machine alone may be the reason of is no failure. */
export function verdictOf(report: {
  checks: Check[];
  failure?: string;
  interrupted?: boolean;
  refuses?: boolean;
  inconclusive?: boolean;
}): Report['verdict'] {
  if (report.interrupted) return 'interrupted';
  if (report.checks.some(fails)) return 'failed';
  if (report.inconclusive) return 'inconclusive';
  if (report.failure !== undefined || report.checks.length === 0) return 'failed';
  return report.refuses ? 'refused' : 'recovered';
}

/** Every time of a report that has an objective: RTO first. */
export function timesOf({ rto, rpo, share }: Pick<Report, 'rto' | 'rpo' | 'share'>) {
  const recovery = {
    objectiveSeconds: rto.objectiveSeconds,
    had: share?.sinceFault,
    never: 'no transaction succeeded',
  };
  return [
    { name: 'RTO, fresh client', seconds: rto.fresh, ...recovery },
    { name: 'RTO, client with a cached answer', seconds: rto.cachedClient, ...recovery },
    ...rpo.map(({ dataset, seconds, objectiveSeconds }) => ({
      name: `RPO, ${dataset}`,
      seconds,
      objectiveSeconds,
      had: share?.beforeFault,
      never: 'nothing came back',
    })),
  ];
}

/** Them against their objectives, as checks. */
export const objectiveChecks = (report: Parameters<typeof timesOf>[0]): Check[] =>
  timesOf(report).map(({ name, seconds, objectiveSeconds, had = WHOLE, never }) => {
    const held = against(seconds, objectiveSeconds, had);
    const words = seconds === null ? never : `${seconds.toFixed(1)} s, objective ${objectiveSeconds} s`;
    return { name, ...held, detail: held.inconclusive ? `${words}; ${shareWords(had)}` : words };
  });
