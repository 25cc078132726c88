/** Chooses what a service is restored from, and runs the host's own restore script by that plan over SSH, with the pinned host key. */
import { declarations, type Declaration } from '../../stacks';
import { plansOf } from '../../services';
import { EXIT, messageOf, UserError } from '../lib/errors';
import { Progress } from '../lib/progress';
import { stackRef } from '../lib/project';
import { ssh } from '../../components/ssh';
import { targetOf } from '../lib/host-address';
import { StackFile } from '../lib/stack-file';
import { declarationOf } from '../init/init';
import { settingsOf } from '../lib/stack-settings';
import { storedPlan } from './stored-plan';

export interface RestoreRequest {
  stack?: string;
  host: string;
  at?: string;
  dryRun?: boolean;
  replaceNewer?: string;
}

const SCRIPT = '/usr/local/lib/fleet/restore';

/** What the script's exit codes mean (host/restore). */
const refusals: Record<number, string> = {
  3: 'The store holds restore points; an empty start was refused.',
  5: 'The host holds newer data than the restore point; nothing was touched.',
};

/** Restores, and returns the script's summary. A refusal is an error in the script's own words. */
export async function restore(service: string, request: RestoreRequest): Promise<{ summary: unknown; text: string }> {
  const declaration = request.stack ? declarationOf(request.stack) : stackOfHost(request.host);
  const ref = stackRef(declaration.stack);
  const file = await StackFile.open(ref.configFile, ref.passphrase);
  const settings = settingsOf(file, declaration);
  const host = declaration.hosts.find(({ name, aliases }) => name === request.host || aliases.includes(request.host));
  if (!host)
    throw new UserError(
      `Stack ${declaration.stack} has no host ${request.host}.`,
      `It has: ${declaration.hosts.map(({ name }) => name).join(', ')}.`,
      EXIT.usage,
    );
  const services = plansOf(declaration, host, settings).filter((plan) => plan.dataset);
  const wanted = services.find(({ name }) => name === service);
  if (!wanted)
    throw new UserError(
      `${host.name} has no service ${service} with a dataset.`,
      `It has: ${services.map(({ name }) => name).join(', ')}.`,
      EXIT.usage,
    );

  const target = await targetOf(file, declaration, host, settings);
  const progress = new Progress();
  progress.begin('restore', `${service} on ${host.name} (${target.host})`);
  const plan = await storedPlan(file, { declaration, settings, host, service: wanted, at: request.at });
  const result = await ssh(target, commandLine(service, request), {
    stdin: JSON.stringify(plan),
    onLine: (line) => progress.waiting(line.slice(0, 200)),
  })
    .catch((error) => {
      throw new UserError(messageOf(error));
    })
    .finally(() => progress.stop());
  if (result.code !== 0)
    throw new UserError(
      refusals[result.code ?? EXIT.failed] ?? `The restore of ${service} on ${host.name} failed.`,
      lastLines(result.stderr || result.stdout),
    );
  return { summary: summaryOf(result.stdout), text: result.stdout.trim() };
}

/** Arguments are checked before they get here: a declared name, RFC 3339, and an id without anything a shell would read. */
export function commandLine(service: string, request: RestoreRequest): string {
  if (request.replaceNewer !== undefined && !/^[\w.:@-]+$/.test(request.replaceNewer))
    throw new UserError('--replace-newer takes an id as the refusal named it.', undefined, EXIT.usage);
  return [
    SCRIPT,
    service,
    ...(request.dryRun ? ['--dry-run'] : []),
    ...(request.replaceNewer ? ['--replace-newer', request.replaceNewer] : []),
  ].join(' ');
}

function stackOfHost(host: string): Declaration {
  // Throwaway stacks have hosts of the same names and protect nothing.
  const found = Object.values(declarations).filter(
    (declaration) =>
      declaration.protect && declaration.hosts.some(({ name, aliases }) => name === host || aliases.includes(host)),
  );
  const [only] = found;
  if (!only) throw new UserError(`No stack declares a host ${host}.`, undefined, EXIT.usage);
  if (found.length === 1) return only;
  throw new UserError(
    `Host ${host} is in several stacks.`,
    `Add --stack with one of ${found.map(({ stack }) => stack).join(', ')}.`,
    EXIT.usage,
  );
}

function summaryOf(stdout: string): unknown {
  const last = stdout.trim().split('\n').pop() ?? '';
  try {
    return JSON.parse(last);
  } catch {
    return { text: last };
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join('\n       ');
