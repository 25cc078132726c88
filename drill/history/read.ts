/** Reads what earlier drills wrote down. Reports of older and newer versions are read too: only what is compared must be there. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../scripts/lib/errors';

const seconds = z.number().nonnegative().nullable();

/** The part of a report that is compared; unlike `reportSchema` it lets anything else be there, or be missing. */
const storedSchema = z
  .object({
    engine: z.string(),
    cloud: z.string(),
    machine: z
      .object({ hostname: z.string(), cpus: z.number(), cpuModel: z.string(), memoryMiB: z.number() })
      .transform(
        ({ hostname, cpus, cpuModel, memoryMiB }) =>
          `${hostname}, ${cpus} × ${cpuModel}, ${(memoryMiB / 1024).toFixed(1)} GiB`,
      ),
    // A preview stood between the fault and the rebuild: the time to recover is longer.
    options: z.object({ size: z.string(), seed: z.number(), checkPreview: z.boolean().default(false) }),
    startedAt: z.iso.datetime(),
    // Null when it ended before any.
    fault: z.object({ kind: z.string() }).nullable(),
    rto: z.object({ fresh: seconds, cachedClient: seconds }),
    rpo: z.array(z.object({ dataset: z.string(), seconds })),
    writes: z.object({ acknowledged: z.number(), recovered: z.number(), lost: z.array(z.unknown()) }),
    // What the drill had of its machine since the fault, against the reference; not there where that was not looked at.
    share: z.object({ sinceFault: z.object({ of: z.number() }) }).optional(),
    verdict: z.string(),
  })
  .transform(({ options, writes: { acknowledged, lost }, fault, share, ...rest }) => ({
    ...rest,
    ...options,
    fault: fault?.kind ?? null,
    share: share?.sinceFault.of ?? null,
    acknowledged,
    lost: lost.length,
  }));

/** A drill, and the name of its folder. */
export type PastDrill = z.infer<typeof storedSchema> & { folder: string };

export interface History {
  /** Oldest first. */
  drills: PastDrill[];
  skipped: Array<{ folder: string; why: string }>;
}

/** Why a report cannot be read, in one line. */
function whyNot(error: unknown): string {
  if (error instanceof SyntaxError) return 'report.json is not JSON: it was cut off or changed';
  const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
  return issue ? `${issue.path.join('.') || 'report'}: ${issue.message}` : messageOf(error);
}

/** All drills below a folder, and those of which there is nothing to read. */
export function readHistory(root: string): History {
  const history: History = { drills: [], skipped: [] };
  if (!existsSync(root)) return history;
  // Links are left out: `latest` names a drill a second time.
  for (const { name: folder } of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const file = join(root, folder, 'report.json');
    try {
      if (!existsSync(file)) throw new Error('it has no report.json: the drill was killed, or still runs');
      history.drills.push({ folder, ...storedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) });
    } catch (error) {
      history.skipped.push({ folder, why: whyNot(error) });
    }
  }
  history.drills.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  return history;
}
