/** Tells people what is wrong with a stack's backups, from outside the fleet: what runs on a host dies with it. */
import execa from 'execa';
import { request } from 'undici';
import { messageOf, UserError } from '../lib/errors';
import type { Status } from './status';

/** Where an alarm goes: declared in the stack's settings. */
export interface AlarmPlaces {
  /** Program and arguments; gets the text on standard input. */
  command?: string[];
  /** Gets `{"text": …}`, which chat services take. Secret, because who knows it may post there. */
  webhook?: string;
}

const TIMEOUT_MS = 20_000;
const NAMED = 3;

/** One line a cause and host, worst first; empty when nothing is wrong. Pure. */
export function alarmLines({
  stack,
  datasets,
  certificates,
  points,
  proofs,
  standbys,
  sites,
}: Omit<Status, 'at'>): string[] {
  const causes = new Map<string, string[]>();
  for (const { host, service, part, reason, stale } of datasets) {
    if (!stale) continue;
    const cause = `${host} of ${stack}: ${reason}`;
    causes.set(cause, [...(causes.get(cause) ?? []), `${service}/${part}`]);
  }
  const more = (names: string[]) =>
    names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ');
  return [
    ...[...causes].map(([cause, names]) => `${cause} (${more(names)})`),
    ...[...certificates, ...points, ...proofs, ...standbys, ...sites].flatMap(({ host, reason }) =>
      reason === undefined ? [] : [`${host} of ${stack}: ${reason}`],
    ),
  ];
}

/** Tells every declared place. One that does not take it is an error, after the others were tried. */
export async function tell({ command, webhook }: AlarmPlaces, text: string): Promise<void> {
  if (!command && !webhook)
    throw new UserError(
      'An alarm was asked for and nobody would hear it.',
      'Set fleet:alarmCommand, or the secret fleet:alarmWebhook, in the stack file.',
    );
  const [program, ...args] = command ?? [];
  const told = await Promise.all([
    program &&
      attempt(
        `the program ${program}`,
        async () => void (await execa(program, args, { input: `${text}\n`, timeout: TIMEOUT_MS })),
      ),
    webhook && attempt('the webhook', () => post(webhook, text)),
  ]);
  const deaf = told.filter((problem) => problem !== undefined);
  if (deaf.length) throw new UserError(`The alarm did not reach everybody: ${deaf.join('; ')}.`);
}

async function attempt(place: string, act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    // Of a failed program execa's first line names the arguments, which are no secret; of a request nothing names its address.
    return `${place} did not take it (${messageOf(error).split('\n')[0]})`;
  }
}

async function post(webhook: string, text: string): Promise<void> {
  const { statusCode, body } = await request(webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  await body.dump();
  if (statusCode >= 300) throw new Error(`it answered ${statusCode}`);
}
