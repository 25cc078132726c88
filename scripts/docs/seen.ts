/** Which services drills have seen come back: the newest passed drill of each, committed so that everybody's documents are the same. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Report } from '../lib/drill-report';
import { UserError } from '../lib/errors';

/** Where it is committed, below the project. */
export const SEEN = 'docs/measured/services.json';

const entrySchema = z.strictObject({
  host: z.string().min(1),
  service: z.string().min(1),
  seenAt: z.iso.datetime(),
  /** The cloud of the drill, as its report calls it. */
  cloud: z.string().min(1),
  /** From the loss of its host to its verification on the new one. */
  seconds: z.number().nonnegative(),
  /** Seconds of its acknowledged writes that were lost; null where it has no data. */
  lostSeconds: z.number().nonnegative().nullable(),
});

export type SeenService = z.infer<typeof entrySchema>;

/** What a report has seen; an error where it may not be taken. */
export function seenIn(report: Report): SeenService[] {
  const wrong = [
    ...(report.verdict === 'recovered' ? [] : [`it ended as ${report.verdict}`]),
    ...(report.services?.length ? [] : ['it has no row of a service: it was a drill of the forge alone']),
  ];
  if (wrong.length)
    throw new UserError(
      `This drill says nothing of the services: ${wrong.join('; ')}.`,
      'Nothing was written. Drill a stack with: npm run drill -- --stack alpha',
    );
  return (report.services ?? []).flatMap(({ host, service, rto, rpo, transaction }) =>
    transaction.ok && rto.seconds !== null
      ? [
          {
            host,
            service,
            seenAt: report.endedAt,
            cloud: report.cloud,
            seconds: rto.seconds,
            lostSeconds: rpo?.seconds ?? null,
          },
        ]
      : [],
  );
}

/** Both together, the newer one of each service, in an order that does not depend on theirs. */
export function merged(before: SeenService[], now: SeenService[]): SeenService[] {
  const newest = new Map<string, SeenService>();
  for (const one of [...before, ...now].sort((a, b) => a.seenAt.localeCompare(b.seenAt)))
    newest.set(`${one.host}/${one.service}`, one);
  return [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** What is committed; nothing where there is no file. */
export function readSeen(projectDir: string): SeenService[] {
  const file = join(projectDir, SEEN);
  if (!existsSync(file)) return [];
  try {
    return z.array(entrySchema).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UserError(
      `${SEEN} is not what a drill left there.`,
      'Remove it, or write it with: bin/fleet docs --rehearsed drills/latest/report.json',
    );
  }
}

export function writeSeen(projectDir: string, seen: SeenService[]): void {
  const target = join(projectDir, SEEN);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(seen, null, 2)}\n`);
}
