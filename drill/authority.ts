/** Whom the drill's clients trust for the forge's name. */
import { UserError } from '../scripts/lib/errors';
import { ssh } from '../components/ssh';
import type { Stack } from './context';

/** Where a proxy that orders no certificates keeps that of its own authority. */
const INTERNAL = '/var/lib/caddy/pki/authorities/local/root.crt';

/** PEM of the only authorities that are trusted; undefined where they are those that everybody trusts. */
export async function authorityOf(drill: Stack): Promise<string | undefined> {
  if (drill.declaration.certificates === 'acme') return drill.cloud.roots;
  drill.progress.waiting('the forge’s own authority');
  const read = await ssh(drill.sshTarget, `cat ${INTERNAL}`);
  if (read.code !== 0)
    throw new UserError(`The forge has no authority of its own at ${INTERNAL}: ${read.stderr.trim()}`);
  return read.stdout;
}
