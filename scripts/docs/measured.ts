/**
 * The one measurement that may be told to clients: a drill on the cloud that the fleet runs on, with at least production's data.
 * It is committed, so that everybody's documents are the same; what does not meet the rules never gets into the file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { rented } from '../../components/machines';
import { UserError } from '../lib/errors';
import type { Report } from '../lib/drill-report';

/** Where the measurement is committed, below the project. */
export const MEASURED = 'docs/measured/latest.json';
/** What a report calls the real cloud; anything else stands in for it. */
export const CLOUD = rented.provider;
/** What measures on it. */
export const MEASURE = `bin/fleet drill --cloud ${rented.package} --account account.yaml --size large`;
/** The loss of a host. Other faults are healed by less than a rebuild. */
const FAULT = 'host-destroyed';
const MAX_AGE_DAYS = 45;
const DAY_MS = 86_400_000;

const bytes = z.number().int().positive();

export const measurementSchema = z
  .strictObject({
    measuredAt: z.iso.datetime(),
    cloud: z.literal(CLOUD),
    engine: z.string().min(1),
    fault: z.literal(FAULT),
    /** From the loss to the first transaction of the slower client. */
    seconds: z.number().positive(),
    bytes,
    acknowledged: z.number().int().nonnegative(),
    lost: z.number().int().nonnegative(),
    /** What production held when it was compared. */
    production: z.strictObject({ stack: z.string().min(1), bytes, readAt: z.iso.datetime() }),
  })
  .refine((one) => one.bytes >= one.production.bytes, { path: ['bytes'], message: 'is less than production holds' });

export type Measurement = z.infer<typeof measurementSchema>;
export type Production = Measurement['production'];

/** When a measurement stops being told. */
export const expiryOf = ({ measuredAt }: Pick<Measurement, 'measuredAt'>): Date =>
  new Date(Date.parse(measuredAt) + MAX_AGE_DAYS * DAY_MS);

/** Why a report may not be told, whatever production holds; nothing where it may. */
export function unfit(report: Report, now: Date, replaces?: Measurement): string[] {
  const measuredAt = report.endedAt;
  return [
    ...(report.verdict === 'recovered' ? [] : [`it ended as ${report.verdict}`]),
    ...(report.cloud === CLOUD ? [] : [`it ran on "${report.cloud}", and the claim is about ${CLOUD}`]),
    ...(/embedded/i.test(report.engine) ? [`it ran with the ${report.engine}, production does not`] : []),
    ...(report.fault?.kind === FAULT
      ? []
      : [`its fault was ${report.fault?.kind ?? 'none'}, not the loss of a host (${FAULT})`]),
    ...(report.options.checkPreview ? ['a preview stood between the fault and the rebuild'] : []),
    ...(report.rto.fresh === null || report.rto.cachedClient === null ? ['no transaction succeeded afterwards'] : []),
    ...(report.bytes === undefined ? ['it does not say how much data it held'] : []),
    ...(Date.parse(measuredAt) > now.getTime() ? ['it ended in the future'] : []),
    ...(expiryOf({ measuredAt }) <= now ? [`it is older than ${MAX_AGE_DAYS} days`] : []),
    ...(replaces && replaces.measuredAt > measuredAt ? [`a newer one, of ${replaces.measuredAt}, is on record`] : []),
  ];
}

/** Throws one error with every reason; nothing where there is none. */
export function refuse(reasons: string[]): void {
  if (!reasons.length) return;
  throw new UserError(
    `This drill may not be told to clients: ${reasons.join('; ')}.`,
    `Nothing was written. Measure with: ${MEASURE}`,
  );
}

/** What a report measured, if it may be told; otherwise an error with every reason why not. */
export function measurementOf(report: Report, production: Production, now: Date, replaces?: Measurement): Measurement {
  const held = report.bytes ?? 0;
  refuse([
    ...unfit(report, now, replaces),
    ...(held < production.bytes
      ? [`it held ${gib(held)} of data, ${production.stack} holds ${gib(production.bytes)}`]
      : []),
  ]);
  const { fresh, cachedClient } = report.rto;
  return measurementSchema.parse({
    measuredAt: report.endedAt,
    cloud: report.cloud,
    engine: report.engine,
    fault: report.fault?.kind,
    seconds: Math.max(fresh ?? 0, cachedClient ?? 0),
    bytes: report.bytes,
    acknowledged: report.writes.acknowledged,
    lost: report.writes.lost.length,
    production,
  });
}

/** The committed measurement; undefined where there is none. One that breaks the rules is an error, however it got there. */
export function readMeasurement(projectDir: string): Measurement | undefined {
  const file = join(projectDir, MEASURED);
  if (!existsSync(file)) return undefined;
  const refuse = (why: string) =>
    new UserError(
      `${MEASURED} is no measurement: ${why}.`,
      'Remove it, or write it with: bin/fleet docs --measured drills/latest/report.json --stack alpha',
    );
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw refuse('it is not JSON');
  }
  const parsed = measurementSchema.safeParse(content);
  if (!parsed.success)
    throw refuse(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; '));
  return parsed.data;
}

/** Bytes as people say them. */
export const gib = (size: number): string =>
  size >= 2 ** 30 ? `${(size / 2 ** 30).toFixed(1)} GiB` : `${Math.ceil(size / 2 ** 20)} MiB`;
