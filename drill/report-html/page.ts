/** report.html: one file that needs nothing else, for people who were not there. */
import { against, WHOLE } from '../machine/share';
import type { Check, Report } from '../../scripts/lib/drill-report';
import { fails, timesOf } from '../report';
import {
  faultWords,
  figure,
  isGood,
  isTimed,
  rehearsalNote,
  repeatCommand,
  shareLine,
  standInParts,
  struckAt,
  toneOf,
  verdictWords,
  whatCameBack,
} from '../report-words';
import { Markup, markup } from './escape';
import { STYLE } from './style';
import { timelineSection } from './timeline';
import { writesSection } from './writes';

/** Nothing may be loaded and nothing may run, whatever a name in the report holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Ours, and without any sign that would have to be escaped in it. */
const STYLE_MARKUP = new Markup(STYLE);

/** Lines of a reason that are shown without being asked for. */
const LONG_REASON = 8;

const dayTime = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The whole page. */
export function html(report: Report): string {
  const title = `Drill of ${dayTime(report.startedAt)}: ${verdictWords(report)}`;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="color-scheme" content="light dark"><title>${title}</title>
<style>${STYLE_MARKUP}</style></head><body><main>
${head(report)}
${figures(report)}
${timelineSection(report)}
${services(report)}${writesSection(report)}
${checks(report)}
${setting(report)}
<footer>Written by <code>fleet drill</code> from the figures in report.json, which lies beside this file.</footer>
</main></body></html>
`.text;
}

function head(report: Report): Markup {
  const good = isGood(report);
  const note = rehearsalNote(report);
  return markup`${note === undefined ? undefined : markup`<div class="banner"><strong>REHEARSAL</strong> ${note}${report.standIns.length ? markup` <a href="#standins">What stood in for what</a>` : undefined}</div>`}
<header><p class="when">Drill of ${dayTime(report.startedAt)} · stack ${report.stack} · ${report.engine} · ${report.cloud}</p>
<h1 class="${toneOf(report)}">${headline(report)}</h1>
<p class="lead">${story(report)}</p></header>
${report.failure === undefined || report.verdict === 'interrupted' ? undefined : markup`<div class="why${good ? ' good' : ''}">${reason(report.failure)}</div>`}`;
}

/** What a failed run said; of a long text its beginning and end, the rest on request. */
function reason(text: string): Markup {
  const lines = text.trim().split('\n');
  if (lines.length <= LONG_REASON) return markup`${lines.join('\n')}`;
  return markup`${lines[0]}\n…\n${lines.slice(-2).join('\n')}<details><summary>All ${lines.length} lines</summary>${lines.join('\n')}</details>`;
}

function headline(report: Report): string {
  const { fresh } = report.rto;
  if (report.verdict === 'recovered' && fresh !== null)
    return `${capital(whatCameBack(report))} in ${fresh.toFixed(1)} s`;
  if (report.verdict === 'failed' && report.failure !== undefined) return `Failed in phase ${lastPhase(report)}`;
  const failed = report.checks.filter(fails).length;
  if (report.verdict === 'failed' && failed) return `Failed: ${failed} of ${report.checks.length} checks do not hold`;
  return capital(verdictWords(report).toLowerCase());
}

const lastPhase = (report: Report): string => report.phases.at(-1)?.name ?? 'start';

/** What happened, in sentences. */
function story(report: Report): string {
  const { fault, rto, writes } = report;
  const struck = struckAt(report);
  const sentences = [
    fault
      ? `Fault${struck ? ` at ${struck.slice(11, 19)} UTC` : ''}: ${faultWords(fault.kind)}.`
      : 'No fault was made.',
    ...(rto.fresh === null
      ? []
      : [`The first transaction of a new client succeeded ${rto.fresh.toFixed(1)} s later, detection included.`]),
    ...(writes.acknowledged ? [`${writes.recovered} of ${writes.acknowledged} acknowledged writes came back.`] : []),
    ...(report.failure === undefined
      ? []
      : [report.verdict === 'interrupted' ? `It ended in phase ${lastPhase(report)}.` : 'It said why:']),
  ];
  return sentences.join(' ');
}

function card(title: string, value: string, small: string, share?: number, ok = true): Markup {
  const meter =
    share === undefined
      ? undefined
      : markup`<div class="meter"><i style="width:${Math.round(Math.min(1, share) * 100)}%"></i></div>`;
  return markup`<div class="card${ok ? '' : ' bad'}"><h3>${title}</h3><p class="value">${value}</p>${meter}<p class="small">${small}</p></div>`;
}

/** Left out when there was nothing to measure. */
function figures(report: Report): Markup | undefined {
  const { rto, writes } = report;
  const timed = isTimed(report);
  if (rto.fresh === null && !timed) return undefined;
  const times = timesOf(report);
  const measured = ({ name, seconds: value, objectiveSeconds: objective, had = WHOLE }: (typeof times)[number]) => {
    const { ok, inconclusive } = against(value, objective, had);
    const judged = timed || !name.startsWith('RTO');
    const small = `objective ${objective} s${judged ? (ok ? '' : inconclusive ? ', not judged: the machine was busy' : ', missed') : ', not judged here'}`;
    return card(
      name,
      figure(value, report),
      small,
      value === null ? undefined : value / objective,
      !judged || ok || inconclusive === true,
    );
  };
  return markup`<section id="figures"><div class="cards">
${times.slice(0, 2).map(measured)}
${writes.acknowledged ? card('Acknowledged writes', `${writes.recovered} of ${writes.acknowledged}`, `came back; ${writes.lost.length} lost${writes.invented ? `, ${writes.invented} invented` : ''}`, undefined, writes.invented === 0) : undefined}
${times.slice(2).map(measured)}
</div>
<p class="note">RTO: from the fault to the first successful transaction, detection included. RPO: how far before the fault the oldest acknowledged write that is lost lies.${shareLine(report).map((line) => ` ${line}`)}</p></section>`;
}

/** What each service of the hosts that died was away, lost and does. */
function services(report: Report): Markup | undefined {
  if (!report.services) return undefined;
  const cell = (one: { seconds: number | null; objectiveSeconds: number } | null, share = WHOLE, none = 'no data') => {
    if (!one) return markup`<td>${none}</td>`;
    const { ok, inconclusive } = against(one.seconds, one.objectiveSeconds, share);
    return markup`<td class="state ${ok ? 'good' : inconclusive ? 'open' : 'bad'}">${figure(one.seconds, report)} of ${one.objectiveSeconds} s</td>`;
  };
  const { beforeFault, sinceFault } = report.share ?? {};
  return markup`<section id="services"><h2>Services: ${report.services.length}</h2>
<table class="checks"><thead><tr><th>service</th><th>host</th><th>after a kill</th><th>RTO</th><th>RPO</th><th>transaction</th></tr></thead><tbody>
${report.services.map((one) => markup`<tr><td>${one.service}${one.critical ? ' (critical)' : ''}</td><td>${one.host}</td>${cell(one.restart, beforeFault, 'not killed')}${cell(one.rto, sinceFault)}${cell(one.rpo, beforeFault)}<td class="${one.transaction.ok ? 'good' : 'bad'}">${one.transaction.ok ? '✓ works' : `✗ ${one.transaction.said}`}</td></tr>`)}
</tbody></table>
<p class="note">After a kill: until its process was up again by itself. RTO: from the fault until the service’s own verification on the new host passed. RPO: how long before the fault the newest write is that came back, where one is lost.</p></section>`;
}

/** Those that do not hold come first. */
function checks(report: Report): Markup | undefined {
  if (report.checks.length === 0) return undefined;
  const held = report.checks.filter(({ ok }) => ok);
  const sorted = [...report.checks.filter(fails), ...report.checks.filter(({ inconclusive }) => inconclusive), ...held];
  const state = (check: Check) =>
    check.ok
      ? markup`<td class="state good">✓ holds</td>`
      : fails(check)
        ? markup`<td class="state bad">✗ fails</td>`
        : markup`<td class="state open">? not judged</td>`;
  return markup`<section id="checks"><h2>Checks: ${held.length} of ${report.checks.length} hold</h2>
<table class="checks"><thead><tr><th>check</th><th>result</th><th>detail</th></tr></thead><tbody>
${sorted.map((check) => markup`<tr><td>${check.name}</td>${state(check)}<td>${check.detail}</td></tr>`)}
</tbody></table></section>`;
}

function setting(report: Report): Markup {
  const { machine, options } = report;
  const pairs: Array<[string, string | Markup]> = [
    ['engine', report.engine],
    ['cloud', report.cloud],
    ['forge', `size ${options.size}, seed ${options.seed}`],
    [
      'machine',
      `${machine.cpus} × ${machine.cpuModel}, ${(machine.memoryMiB / 1024).toFixed(1)} GiB, ${machine.system}, Node ${machine.node}`,
    ],
    ['from, to', `${dayTime(report.startedAt)} – ${report.endedAt.slice(11, 19)} UTC`],
    ['the same again', markup`<code>${repeatCommand(report)}</code>`],
  ];
  const standIns = report.standIns.map(standInParts);
  return markup`<section id="setting"><h2>Setting</h2>
<table class="pairs"><tbody>${pairs.map(([name, value]) => markup`<tr><th>${name}</th><td>${value}</td></tr>`)}</tbody></table></section>
${
  standIns.length
    ? markup`<section id="standins"><h2>Stand-ins</h2><p class="note">What a drill on a real account has, and what took its place here.</p>
<table class="pairs"><thead><tr><th>real</th><th>here</th></tr></thead><tbody>${standIns.map(({ what, by }) => markup`<tr><td>${what}</td><td>${by}</td></tr>`)}</tbody></table></section>`
    : undefined
}`;
}
