/** What was written around the fault, and what became of it. */
import type { Report } from '../../scripts/lib/drill-report';
import { markup, type Markup } from './escape';
import { fate, lanes } from './lanes';

type Writes = Report['writes'];
type Load = NonNullable<Writes['load']>;

const MOST_LOST = 30;

const clock = (at: string | null): string => (at === null ? '–' : at.slice(11, 23));

function logTable(entries: Writes['log'], faultAt: number): Markup {
  const before = entries.filter(({ sentAt }) => Date.parse(sentAt) <= faultAt).length;
  const caption =
    before < entries.length
      ? `The last ${before} writes before the fault and the first ${entries.length - before} after it`
      : `The last ${before} writes before the fault`;
  return markup`<div class="scroll"><table class="log"><caption>${caption}, times in UTC</caption>
<thead><tr><th>sent</th><th>acknowledged</th><th>kind</th><th>write</th><th>fate</th></tr></thead><tbody>
${entries.map((entry) => {
  const { word, tone } = fate(entry);
  return markup`<tr><td class="time">${clock(entry.sentAt)}</td><td class="time">${entry.outcome === 'acknowledged' ? clock(entry.at) : '–'}</td><td>${entry.kind}</td><td>${entry.id}</td><td class="${tone}">${word}</td></tr>`;
})}
</tbody></table></div>`;
}

function lostTable(writes: Writes): Markup | undefined {
  if (writes.lost.length === 0) return undefined;
  const shown = writes.lost.slice(-MOST_LOST);
  const caption =
    shown.length < writes.lost.length
      ? `The last ${shown.length} of ${writes.lost.length} that are lost; report.json has all`
      : 'Acknowledged and lost';
  return markup`<div class="scroll"><table class="log"><caption>${caption}, times in UTC</caption>
<thead><tr><th>acknowledged</th><th>dataset</th><th>kind</th><th>write</th><th>how</th></tr></thead><tbody>
${shown.map((one) => markup`<tr><td class="time">${clock(one.acknowledgedAt)}</td><td>${one.dataset}</td><td>${one.kind}</td><td>${one.id}</td><td class="bad">${one.how}</td></tr>`)}
</tbody></table></div>`;
}

function loadLine(load: Load | null): Markup | undefined {
  if (!load) return undefined;
  const rate = ({ acknowledged, perSecond }: Load['database']) => `${acknowledged} (${perSecond.toFixed(1)} a second)`;
  const { inFlight, failed } = load;
  return markup`<p>In the ${load.seconds.toFixed(1)} s up to the fault ${rate(load.database)} database writes and ${rate(load.pushes)} pushes were acknowledged${failed ? ` and ${failed} writes failed` : ''}. In flight when it struck: ${inFlight.database} to the database, ${inFlight.pushes} of pushes.</p>`;
}

/** The section on writes; undefined when the drill ended before any was made. */
export function writesSection({ fault, writes }: Pick<Report, 'fault' | 'writes'>): Markup | undefined {
  if (!fault || writes.acknowledged === 0) return undefined;
  const faultAt = Date.parse(fault.at);
  return markup`<section id="writes"><h2>Writes around the fault</h2>
${loadLine(writes.load)}
${lanes(writes.log, faultAt)}
${lostTable(writes) ?? markup`<p>Every acknowledged write came back.</p>`}
${writes.log.length ? logTable(writes.log, faultAt) : undefined}
</section>`;
}
