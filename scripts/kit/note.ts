/** Beside the state lies which kit was made of it last, so that whoever works on it can be told when that kit is out of date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { StackRef } from '../lib/project';
import { projectName, stateFile } from '../lib/state';
import { sha256 } from './manifest';

const noteSchema = z.object({ file: z.string(), madeAt: z.string(), state: z.string(), settings: z.string() });

const notePath = ({ backendDir, stack }: StackRef): string => join(backendDir, `fleet-kit-${stack}.json`);

/** What a rebuild would miss in an older kit: which things exist, and the settings. When a state was written says nothing. */
function contentOf(ref: StackRef): { state: string; settings: string } | undefined {
  const path = join(ref.backendDir, stateFile(projectName(ref.projectDir), ref.stack));
  if (!existsSync(path) || !existsSync(ref.configFile)) return undefined;
  const { checkpoint } = JSON.parse(readFileSync(path, 'utf8')) as {
    checkpoint: { latest?: { resources?: Array<{ urn: string; id?: string; delete?: boolean }> } };
  };
  const resources = checkpoint.latest?.resources ?? [];
  if (!resources.length) return undefined;
  return {
    state: sha256(Buffer.from(JSON.stringify(resources.map(({ urn, id, delete: leaves }) => [urn, id, leaves])))),
    settings: sha256(readFileSync(ref.configFile)),
  };
}

/** Notes that a kit was made of the stack as it is. */
export function noteKit(ref: StackRef, file: string, madeAt: Date): void {
  const content = contentOf(ref);
  if (content)
    writeFileSync(notePath(ref), `${JSON.stringify({ file, madeAt: madeAt.toISOString(), ...content }, null, 2)}\n`, {
      mode: 0o600,
    });
}

/** One sentence where the kit at hand is older than the stack, or there is none; nothing where there is no state to hold it against. */
export function staleKit(ref: StackRef): string | undefined {
  const now = contentOf(ref);
  if (!now) return undefined;
  const again = `make one: bin/fleet kit --stack ${ref.stack}`;
  const noted = existsSync(notePath(ref))
    ? noteSchema.safeParse(JSON.parse(readFileSync(notePath(ref), 'utf8')))
    : undefined;
  if (!noted?.success) return `No recovery kit was made of this state; ${again}`;
  const { file, madeAt, state, settings } = noted.data;
  const older = [...(state === now.state ? [] : ['state']), ...(settings === now.settings ? [] : ['settings'])];
  return older.length
    ? `The newest recovery kit (${file}, ${madeAt}) is older than the ${older.join(' and the ')} of stack ${ref.stack}; ${again}`
    : undefined;
}
