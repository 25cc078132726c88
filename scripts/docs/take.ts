/** Takes what a drill measured into the documents. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bytesOf } from '../../components/store/heartbeats';
import { reportSchema, type Report } from '../lib/drill-report';
import { EXIT, UserError } from '../lib/errors';
import { readHeartbeats } from '../status/status';
import { MEASURED, measurementOf, readMeasurement, refuse, unfit, type Production } from './measured';
import { merged, readSeen, seenIn, writeSeen } from './seen';

/** Writes docs/measured/latest.json, or throws an error with every reason why the report may not be told. */
export async function take(projectDir: string, file: string, stack: string, now: Date): Promise<void> {
  const report = readReport(file);
  const before = readMeasurement(projectDir);
  // What is unfit whatever production holds is said without asking the store.
  refuse(unfit(report, now, before));
  const measurement = measurementOf(report, await productionOf(stack, now), now, before);
  const target = join(projectDir, MEASURED);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(measurement, null, 2)}\n`);
}

/** Adds what a passed drill of a stack has seen to docs/measured/services.json, or throws an error with the reasons why it may not. */
export function takeSeen(projectDir: string, file: string): void {
  writeSeen(projectDir, merged(readSeen(projectDir), seenIn(readReport(file))));
}

function readReport(file: string): Report {
  if (!existsSync(file))
    throw new UserError(`There is no report ${file}.`, 'A drill writes one to drills/<time>/report.json.', EXIT.usage);
  try {
    return reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UserError(`${file} is not a report of a drill as this version writes it.`, 'Run the drill again.');
  }
}

/** How much data the hosts of a stack hold now. */
async function productionOf(stack: string, now: Date): Promise<Production> {
  const hosts = await readHeartbeats(stack);
  const sizes = hosts.map(({ host, beats }) => ({ host: host.name, bytes: bytesOf(beats) }));
  const silent = sizes.filter(({ bytes }) => bytes === undefined).map(({ host }) => host);
  if (silent.length)
    throw new UserError(
      `The store does not say how much data ${silent.join(', ')} of stack ${stack} holds.`,
      `Look at: bin/fleet status --stack ${stack}`,
    );
  return { stack, bytes: sizes.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0), readAt: now.toISOString() };
}
