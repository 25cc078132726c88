/** Every assumption about the outside, probed from where the operator sits. A probe that fails is a line, like what it found. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { sentenceOf } from '../lib/errors';
import { authority } from './authority';
import { backups } from './backups';
import { rented } from '../../components/machines';
import { cloudflareToken, limits, machinesToken } from './clouds';
import { downloads } from './downloads';
import { fails, type Finding, type Found } from './finding';
import { lookAt, type Look } from './look';
import { places } from './places';
import { clock, programs } from './programs';
import { settings } from './settings';
import { zoneFindings } from './zone';

/** In the order in which a person mends. */
const PROBES: Array<{ topic: string; probe: (look: Look) => Promise<Found[]> }> = [
  { topic: 'this machine', probe: programs },
  { topic: 'this machine', probe: clock },
  { topic: 'settings', probe: settings },
  { topic: rented.provider, probe: machinesToken },
  { topic: rented.provider, probe: limits },
  { topic: rented.provider, probe: places },
  { topic: 'Cloudflare', probe: cloudflareToken },
  { topic: 'Cloudflare', probe: zoneFindings },
  { topic: 'certificates', probe: authority },
  { topic: 'store', probe: backups },
  { topic: 'downloads', probe: downloads },
];

/** All that was found; an unknown stack is the only error. */
export async function examine(stack: string, isFirst: boolean, env?: NodeJS.ProcessEnv): Promise<Finding[]> {
  const look = await lookAt(stack, isFirst, env);
  const found = await Promise.all(
    PROBES.map(async ({ topic, probe }) => {
      const lines = await probe(look).catch((error: unknown): Found[] => [
        fails('probe', sentenceOf(error), 'mend what the other lines name, and look again'),
      ]);
      return lines.map((line): Finding => ({ topic, ...line }));
    }),
  );
  return found.flat();
}

export const wrongOf = (findings: Finding[]): Finding[] => findings.filter(({ todo }) => todo !== undefined);

/** A table with what to do about each line that is wrong. */
export function doctorTable(findings: Finding[]): string {
  const table = new Table({
    head: ['', 'what', 'found', 'what to do'],
    style: { head: [], border: [] },
    colWidths: [14, 26, 56, 52],
    wordWrap: true,
  });
  let last = '';
  for (const { topic, what, detail, todo } of findings) {
    table.push([topic === last ? '' : topic, what, todo ? pc.red(detail) : detail, todo ?? '']);
    last = topic;
  }
  const wrong = wrongOf(findings).length;
  return `${table.toString()}\n${wrong ? pc.red(`${wrong} of ${findings.length} things are wrong.`) : `Nothing is wrong (${findings.length} things were looked at).`}`;
}
