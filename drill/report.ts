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

/** RTO and RPO against their objectives, as checks. */
export function objectiveChecks({ rto, rpo, share }: Pick<Report, 'rto' | 'rpo' | 'share'>): Check[] {
  const check = (name: string, value: number | null, objective: number, never: string, had = WHOLE): Check => {
    const held = against(value, objective, had);
    const words = value === null ? never : `${value.toFixed(1)} s, objective ${objective} s`;
    return { name, ...held, detail: held.inconclusive ? `${words}; ${shareWords(had)}` : words };
  };
  return [
    check('RTO, fresh client', rto.fresh, rto.objectiveSeconds, 'no transaction succeeded', share?.sinceFault),
    check(
      'RTO, client with a cached answer',
      rto.cachedClient,
      rto.objectiveSeconds,
      'no transaction succeeded',
      share?.sinceFault,
    ),
    ...rpo.map(({ dataset, seconds: lost, objectiveSeconds }) =>
      check(`RPO, ${dataset}`, lost, objectiveSeconds, 'nothing came back', share?.beforeFault),
    ),
  ];
}
