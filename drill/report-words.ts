/** How the reports put things: the same words in Markdown, HTML and on the terminal. */
import pc from 'picocolors';
import { EXIT } from '../scripts/lib/errors';
import { shareWords } from './machine/share';
import type { Check, Report } from '../scripts/lib/drill-report';

/** Seconds before the fault from which on writes are lost; 0 when none is. */
const lostSeconds = (report: Pick<Report, 'rpo' | 'writes'>): number =>
  report.writes.lost.length ? Math.max(0, ...report.rpo.map((one) => one.seconds ?? 0)) : 0;

/** What came back of a forge that recovered: honest about the last moment before the fault. */
export const whatCameBack = (report: Pick<Report, 'rpo' | 'writes'>): string => {
  const lost = lostSeconds(report);
  return lost > 0 ? `everything but the last ${lost.toFixed(1)} s came back` : 'everything came back';
};

/** The exit code of each verdict. */
const EXIT_CODES: Record<Report['verdict'], number> = {
  recovered: EXIT.ok,
  refused: EXIT.ok,
  failed: EXIT.failed,
  interrupted: EXIT.interrupted,
  inconclusive: EXIT.inconclusive,
};

export const exitCodeOf = ({ verdict }: Pick<Report, 'verdict'>): number => EXIT_CODES[verdict];

/** Names of the checks that the machine may be the reason of. */
const notJudged = ({ checks }: Pick<Report, 'checks'>): string[] =>
  checks.filter(({ inconclusive }) => inconclusive).map(({ name }) => name);

/** How the drill ended, in a few words. */
export function verdictWords(report: Pick<Report, 'verdict' | 'rpo' | 'writes' | 'checks'>): string {
  if (report.verdict === 'recovered')
    return [
      whatCameBack(report),
      ...(notJudged(report).length
        ? [`not judged because this machine was busy: ${notJudged(report).join(', ')}`]
        : []),
    ].join('; ');
  return {
    refused: 'refused as promised, nothing touched',
    failed: 'FAILED',
    interrupted: 'interrupted',
    inconclusive: 'INCONCLUSIVE: the machine managed too little work for a drill',
  }[report.verdict];
}

/** How a check ended, in a word. */
export const outcomeOf = ({ ok, inconclusive }: Check): 'ok' | 'FAILED' | 'not judged' =>
  ok ? 'ok' : inconclusive ? 'not judged' : 'FAILED';

/** Whether the drill ended as it should; verdicts of other versions are told by their word, too. */
export const isGood = ({ verdict }: { verdict: string }): boolean => verdict === 'recovered' || verdict === 'refused';

/** How an end looks: whether the drill proved something, for the fleet or against it. */
export const toneOf = (end: { verdict: string }): 'good' | 'open' | 'bad' =>
  isGood(end) ? 'good' : end.verdict === 'inconclusive' ? 'open' : 'bad';

/** The same on a terminal. */
export const COLOURS = { good: pc.green, open: pc.yellow, bad: pc.red };

/** What introduces `failure`: why it ended early, or what the refusal said. */
export const endingWords = ({ verdict }: Pick<Report, 'verdict'>): string =>
  verdict === 'refused' ? 'It said' : 'It ended early';

/** Whether nothing of it was real but the program: also where the embedded cloud only served another's API. */
export const isRehearsal = ({ cloud }: { cloud: string }): boolean => cloud.includes('embedded cloud');

/** What a rehearsal proves and what it does not; undefined for a drill on a real account. */
export function rehearsalNote(report: Pick<Report, 'cloud'>): string | undefined {
  if (!isRehearsal(report)) return undefined;
  return 'Hosts, cloud and store ran on one machine: the times are this machine’s, not the provider’s. The program, the restore and the checks are the real ones.';
}

/** A stand-in and what it stands for. */
export function standInParts(text: string): { what: string; by: string } {
  const [what = '', ...by] = text.split(': ');
  return by.length ? { what, by: by.join(': ') } : { what: text, by: '' };
}

/** Seconds of a figure; a figure without a value is `never` once it could have been measured. */
export function figure(value: number | null, report: Pick<Report, 'fault' | 'verdict'>): string {
  if (value !== null) return `${value.toFixed(1)} s`;
  return report.fault === null || report.verdict !== 'failed' ? 'not measured' : 'never';
}

/** `host-destroyed` as people say it. */
export const faultWords = (kind: string): string => kind.replace(/-/g, ' ');

/** Whether the time to recover is held against its objective: not with a preview in the way, or where somebody else must act first. */
export const isTimed = ({ checks }: Pick<Report, 'checks'>): boolean =>
  checks.some(({ name }) => name.startsWith('RTO'));

/** When the fault struck; undefined for one that has no moment, such as a wrong password. */
export const struckAt = ({ fault, startedAt }: Pick<Report, 'fault' | 'startedAt'>): string | undefined =>
  fault && fault.at !== startedAt ? fault.at : undefined;

/** The faults of whole rehearsals, which need no option. */
const USUAL_FAULTS = ['host-destroyed', 'all-hosts-destroyed'];

/** The command that runs the same drill again. */
export function repeatCommand(report: Pick<Report, 'engine' | 'cloud' | 'fault' | 'options'>): string {
  const words = ['bin/fleet', 'drill', '--engine', report.engine === 'embedded engine' ? 'embedded' : 'pulumi'];
  if (report.cloud.startsWith('DigitalOcean')) words.push('--cloud', 'digitalocean');
  const broken = report.fault && !USUAL_FAULTS.includes(report.fault.kind) ? { fault: report.fault.kind } : {};
  for (const [name, value] of Object.entries({ ...broken, ...report.options })) {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) words.push(option);
    else if (typeof value === 'string' || typeof value === 'number') words.push(option, String(value));
  }
  return words.join(' ');
}

/** What the drill had of its machine, as a line; none where that was not looked at. */
export const shareLine = ({ share }: Pick<Report, 'share'>): string[] =>
  share ? [`From the fault to the first transaction ${shareWords(share.sinceFault)}.`] : [];
