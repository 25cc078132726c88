/** What the load and its comparison say in the report: figures, checks, and the log around the fault. Pure. */
import type { Check, Report } from '../../scripts/lib/drill-report';
import type { Row } from '../load/rows';
import { workWords } from '../load/work';
import { some } from './compare';
import { datasetOfWrite, holes, type JudgedLoad, type JudgedWrite, type LoadFigures, type Strike } from './writes';

/** How much of the log the report shows. */
const SHOWN = { before: 40, failedAfter: 10, acknowledgedAfter: 5 };

/** Whether the rehearsal was under load, and what became of the load's writes. */
export function writeChecks(judged: JudgedLoad, figures: LoadFigures, strike: Strike): Check[] {
  const { database, pushes } = figures;
  const refused = judged.writes.find(({ failedAt }) => failedAt !== undefined && failedAt <= strike.at);
  const suffix = (dataset: ReturnType<typeof datasetOfWrite>): Check => {
    const broken = holes(judged, dataset, strike);
    const lost = judged.lost.filter((write) => datasetOfWrite(write) === dataset).length;
    return {
      name: `only the end of ${dataset} may be lost`,
      ok: broken.length === 0,
      detail: broken.length
        ? `lost although later writes are there: ${some(broken.map(({ id }) => id))}`
        : `${lost} acknowledged writes lost${lost ? ', none of them before one that is there' : ''}`,
    };
  };
  const lostPushes = judged.lost.filter(({ kind }) => kind === 'push');
  const pushed = judged.acknowledged.filter(({ kind }) => kind === 'push').length;
  return [
    {
      name: 'work before the fault',
      ok: database.acknowledged > 0 && pushes.acknowledged > 0,
      detail: [
        `${workWords({ database: database.acknowledged, pushes: pushes.acknowledged })} acknowledged in ${figures.seconds.toFixed(1)} s (${database.perSecond.toFixed(1)} and ${pushes.perSecond.toFixed(1)} a second)`,
        ...(figures.failed ? [`${figures.failed} writes failed before the fault, such as: ${refused?.why}`] : []),
      ].join('; '),
    },
    {
      name: 'writes in flight at the fault',
      ok: figures.inFlight.database > 0 && figures.inFlight.pushes > 0,
      detail: `${figures.inFlight.database} to the database, ${figures.inFlight.pushes} pushes; ${judged.writes.filter(({ outcome }) => outcome === 'in-flight').length} of them were never answered`,
    },
    suffix('gitea/database'),
    suffix('gitea/repositories'),
    {
      name: 'no acknowledged push lost',
      ok: lostPushes.length === 0,
      detail: lostPushes.length
        ? `lost: ${some(lostPushes.map(({ id }) => id))}`
        : `${pushed} of ${pushed}, each in its branch’s history`,
    },
    {
      name: 'nothing invented',
      ok: judged.invented.length === 0,
      detail: judged.invented.length
        ? `never sent like that: ${some(judged.invented.map(({ kind, id }: Row) => `${kind} ${id}`))}`
        : 'every row and commit of the load was sent by it',
    },
  ];
}

/** The last writes before the fault and all that it left unanswered, and after it the first that failed and the first that were acknowledged again. */
export function logAround(judged: JudgedLoad, strike: Strike): Report['writes']['log'] {
  const before = judged.writes.filter(({ sentAt, outcome }) => sentAt <= strike.at && outcome !== 'failed');
  const after = judged.writes.filter(({ sentAt }) => sentAt > strike.at);
  const shown = [
    // A push takes longer than a write to the database: sent before the last of those, it may be what the fault met.
    ...before.filter(({ outcome }, index) => outcome === 'in-flight' || index >= before.length - SHOWN.before),
    ...after.filter(({ outcome }) => outcome !== 'acknowledged').slice(0, SHOWN.failedAfter),
    ...after.filter(({ outcome }) => outcome === 'acknowledged').slice(0, SHOWN.acknowledgedAfter),
  ];
  return shown.sort((one, other) => one.sentAt - other.sentAt).map(entry);
}

function entry({
  sentAt,
  acknowledgedAt,
  failedAt,
  kind,
  id,
  outcome,
  recovered,
}: JudgedWrite): Report['writes']['log'][number] {
  const at = outcome === 'in-flight' ? undefined : (acknowledgedAt ?? failedAt);
  return {
    at: at === undefined ? null : new Date(at).toISOString(),
    sentAt: new Date(sentAt).toISOString(),
    kind,
    id,
    outcome,
    recovered,
  };
}
