/** Writes a recovery kit, and reads one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT, UserError } from '../lib/errors';
import { stackRef } from '../lib/project';
import { seal, type Lock } from './archive';
import { gatherKit } from './contents';
import type { KitManifest } from './manifest';
import { noteKit } from './note';

export interface MadeKit {
  file: string;
  bytes: number;
  manifest: KitManifest;
}

/** Makes the kit of some stacks; a file that is there already is not written over. */
export async function makeKit(stacks: string[], lock: Lock, out?: string, env = process.env): Promise<MadeKit> {
  const recipients = 'recipients' in lock ? lock.recipients : [];
  const wrong = recipients.find((recipient) => !/^age1[0-9a-z]+$/.test(recipient));
  if (wrong)
    throw new UserError(`"${wrong}" is no age recipient.`, 'Write the public line of an age key: age1…', EXIT.usage);
  const now = new Date();
  const file = resolve(
    out ?? `fleet-kit-${stacks.join('-')}-${now.toISOString().slice(0, 10).replaceAll('-', '')}.tar.gz.age`,
  );
  if (existsSync(file))
    throw new UserError(`${file} is there already.`, 'Name another file with --out, or put that one away.');
  const refs = stacks.map(stackRef);
  const kit = await gatherKit(refs, env, recipients, now);
  const sealed = await seal(kit.files, lock);
  writeFileSync(`${file}.new`, sealed, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  for (const ref of refs) noteKit(ref, file, now);
  return { file, bytes: sealed.length, manifest: kit.manifest };
}

/** The bytes of a kit. */
export function readKit(path: string): Buffer {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`, undefined, EXIT.usage);
  return readFileSync(path);
}

/** The first identity of an age key file, as age-keygen writes it. */
export function identityIn(path: string): string {
  const found = /^AGE-SECRET-KEY-1[0-9A-Z]+$/m.exec(readKit(path).toString('utf8'));
  if (!found)
    throw new UserError(
      `${path} holds no age identity.`,
      'It must have a line that begins with AGE-SECRET-KEY-1.',
      EXIT.usage,
    );
  return found[0];
}
