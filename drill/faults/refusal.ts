/** A refusal as it is promised: it says why and what would go on, and touches nothing. */
import { versionsOf } from '../../components/store/objects';
import { NAMESPACE } from '../../stacks/model/settings';
import { readableUrn } from '../../scripts/engines/engine';
import { EXIT } from '../../scripts/lib/errors';
import { secretsOfStack } from '../../services/secrets';
import type { Seeded } from '../context';
import { dropletsSeen, forgetRequests, requestsSeen, type SeenRequest } from '../control';
import { settingsFile } from '../settings';
import { bucketOfHost, inStore } from '../store';
import { fleet, upMeanwhile, type FleetOptions } from './child';
import { inWordsOf } from './words';

export interface Refusal {
  /** Why it is refused, for the names of the checks. */
  why: string;
  /** What the message must say: the reason, and what to do. HOST and the like are the declaration's words. */
  says: RegExp[];
  verb?: { name: string; args: string[] };
  env?: FleetOptions['env'];
  /** The store cannot be looked at while it is away. */
  storeAway?: boolean;
}

/** Runs an update that must be refused, and checks everything that a refusal promises. Returns what it said. */
export async function expectRefusal(drill: Seeded, refusal: Refusal): Promise<string> {
  const { record } = drill;
  const { name, args } = refusal.verb ?? { name: 'up', args: ['--refresh'] };
  const [droplets, state, store] = await Promise.all([
    dropletIds(drill),
    stateOf(drill),
    refusal.storeAway ? '' : storeOf(drill),
  ]);
  await forgetRequests(drill);
  drill.progress.waiting(`an update that must be refused: ${refusal.why}`);
  const run = await fleet(drill, name, args, { env: refusal.env });
  const requests = await requestsSeen(drill);
  const check = (what: string, ok: boolean, detail: string) => record.check(`${refusal.why}: ${what}`, ok, detail);
  const none = (what: string, wrong: string[], good: string) => record.none(`${refusal.why}: ${what}`, wrong, good);
  const said = saidBy(run.output);
  check('refused', run.code === EXIT.failed, `exit code ${run.code}`);
  const unsaid = refusal.says.map((says) => inWordsOf(drill, says)).filter((pattern) => !pattern.test(said));
  const words = unsaid.length ? `does not say ${unsaid.join(', ')}: ${said}` : said;
  check('says why and what to do', unsaid.length === 0, words);
  none('no secret and no stack trace', leaksIn(run.output, await secretsHeld(drill)), 'none in its output');
  const looks = `${requests.length} requests, none that changes anything`;
  none('asked the cloud for nothing but a look', changingRequests(requests), looks);
  const now = await dropletIds(drill);
  const made = now === droplets ? `still ${now || 'none'}` : `${droplets || 'none'} before, ${now || 'none'} after`;
  check('no droplet made', now === droplets, made);
  const after = await stateOf(drill);
  const differing = Object.keys({ ...state, ...after }).filter((urn) => state[urn] !== after[urn]);
  none('state unchanged', differing.map(readableUrn), `${Object.keys(after).length} resources`);
  if (!refusal.storeAway) check('store unchanged', (await storeOf(drill)) === store, 'every version of every object');
  return said;
}

/** Runs the update that now goes on, until the cloud has taken the order for a new host: that far no refusal comes. */
export async function expectGoesOn(drill: Seeded, after: string, env?: FleetOptions['env']): Promise<void> {
  drill.progress.waiting(`the same update after ${after}`);
  // The clone is thrown away: there is no need to see the whole rebuild each time.
  const run = await upMeanwhile(drill, ['step-done', `Droplet ${drill.hostName}`], ({ kill }) => kill(), { env });
  drill.record.check(
    `goes on after ${after}`,
    run.met,
    run.met ? 'the next run makes the new host' : saidBy(run.output),
  );
}

/** The lines of a run that a person reads as its end: from its error on. */
export function saidBy(output: string): string {
  const from = output.lastIndexOf('\nfleet: ');
  return (from === -1 ? output.slice(-1500) : output.slice(from + 1)).trim();
}

/** Requests that changed something. An order that was answered with an error changed nothing. */
export const changingRequests = (requests: SeenRequest[]): string[] =>
  requests
    .filter(({ method, status }) => !['GET', 'HEAD'].includes(method) && (status < 400 || status === 0))
    .map(({ method, path, status }) => `${method} ${path} (${status})`);

/** Which of the secrets, and whether a stack trace, is in a text; the names only. */
export function leaksIn(text: string, secrets: Record<string, string>): string[] {
  const found = Object.entries(secrets).filter(([, value]) =>
    value.split('\n').some((line) => line.length >= 12 && !/^-----/.test(line) && text.includes(line)),
  );
  return [...found.map(([name]) => name), ...(/^\s+at .*[(:]\d+/m.test(text) ? ['a stack trace'] : [])];
}

/** Every secret of the stack, by name. */
export async function secretsHeld(drill: Seeded): Promise<Record<string, string>> {
  const { passphrase, env } = drill.stack;
  const file = await settingsFile(drill);
  const keys = secretsOfStack(drill.declaration)
    .map(({ key }) => key)
    .filter((key) => file.has(`${NAMESPACE}:${key}`));
  return {
    ...Object.fromEntries(keys.map((key) => [key, file.text(`${NAMESPACE}:${key}`)])),
    'the passphrase': passphrase,
    DIGITALOCEAN_TOKEN: env.DIGITALOCEAN_TOKEN ?? '',
    CLOUDFLARE_API_TOKEN: env.CLOUDFLARE_API_TOKEN ?? '',
  };
}

const dropletIds = async (drill: Seeded): Promise<string> =>
  (await dropletsSeen(drill)).map(({ id, status }) => `${id} ${status}`).join(', ');

/** Resources by URN and id, as text that can be compared; encrypted values differ each time they are written. */
async function stateOf(drill: Seeded): Promise<Record<string, string>> {
  const exported = (await drill.engine.exportState(drill.stack)) as {
    deployment: {
      resources?: Array<{ urn: string; id?: string; inputs?: unknown; outputs?: unknown; delete?: boolean }>;
    };
  };
  return Object.fromEntries(
    (exported.deployment.resources ?? []).map(({ urn, id, inputs, outputs, delete: going }) => [
      `${urn}${going ? ' (to be deleted)' : ''}`,
      JSON.stringify([id, inputs, outputs], (key, value) => (key === 'ciphertext' ? 'sealed' : value)),
    ]),
  );
}

/** Every version of every object of the host's bucket. */
async function storeOf(drill: Seeded): Promise<string> {
  const versions = await inStore(drill, (client) => versionsOf(client, bucketOfHost(drill)));
  return versions
    .map(({ key, id, etag, hidden }) => `${key} ${id} ${hidden ? 'hidden' : etag}`)
    .sort()
    .join('\n');
}
