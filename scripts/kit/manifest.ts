/** What a kit says of itself, in its kit.json. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const kitSchema = z.strictObject({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Commit of the program, and when it was made. */
  commit: z.string(),
  committedAt: z.iso.datetime({ offset: true }),
  stacks: z.array(
    z.strictObject({
      stack: z.string(),
      /** Where the state was taken from; it may be newer there. */
      stateFrom: z.string(),
      /** When the engine last wrote it. */
      stateAt: z.string(),
      resources: z.number().int().positive(),
    }),
  ),
  /** Names of the variables in `environment`. */
  environment: z.array(z.string()),
  /** SHA-256 of every other file. */
  files: z.record(z.string(), z.string()),
});

export type KitManifest = z.infer<typeof kitSchema>;

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Name of a stack's settings in a kit. */
export const settingsFile = (stack: string): string => `stacks/Pulumi.${stack}.yaml`;
/** Directory of a kit that is its `file://` backend. */
export const BACKEND = 'state';

/** When a state was written and how much is in it; undefined where it is none or empty. */
export function readState(content: Buffer): { at: string; resources: number } | undefined {
  try {
    const { latest } = (
      JSON.parse(content.toString('utf8')) as {
        checkpoint: { latest?: { manifest: { time: string }; resources?: unknown[] } };
      }
    ).checkpoint;
    return latest?.resources?.length ? { at: latest.manifest.time, resources: latest.resources.length } : undefined;
  } catch {
    return undefined;
  }
}
