/** What the owner of both accounts does by hand: the calls that the providers' consoles make. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask';
import type { OnCloud } from './context';

type Cloud = Pick<OnCloud, 'cloud'>;
type Answer = Record<string, any>;

const ENDED_MS = 60_000;

/** A call of DigitalOcean's API; `path` begins below `/v2`. */
export function digitalOcean(drill: Cloud, method: string, path: string, body?: unknown): Promise<Answer> {
  const { digitalocean, tokens } = drill.cloud;
  return ask(`${digitalocean}/v2${path}`, { token: tokens.digitalocean, method, body });
}

/** A call about the records of the drill's zone; its result. */
export async function records(drill: Cloud, method: string, path = '', body?: unknown): Promise<any> {
  const { cloudflare, tokens, zone } = drill.cloud;
  const url = `${cloudflare}/zones/${zone.id}/dns_records${path}`;
  return (await ask(url, { token: tokens.cloudflare, method, body })).result;
}

/** An action on a droplet or an address, until it has ended. */
export async function act(drill: Cloud, path: string, body: { type: string } & Record<string, unknown>): Promise<void> {
  const { action } = await digitalOcean(drill, 'POST', `${path}/actions`, body);
  for (const end = Date.now() + ENDED_MS; ; await sleep(200)) {
    const { status } = (await digitalOcean(drill, 'GET', `/actions/${action.id}`)).action;
    if (status === 'completed') return;
    if (status === 'errored' || Date.now() > end)
      throw new Error(`the action ${body.type} of ${path} ${status === 'errored' ? 'failed' : 'did not end'}`);
  }
}
