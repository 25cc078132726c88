/** What the owner of both accounts does by hand: the calls that the providers' consoles make. */
import { setTimeout as sleep } from 'node:timers/promises';
import { need, type Drill } from './context';

type Cloud = Pick<Drill, 'cloud'>;
type Answer = Record<string, any>;

const ENDED_MS = 60_000;

/** A call of DigitalOcean's API; `path` begins below `/v2`. */
export function digitalOcean(drill: Cloud, method: string, path: string, body?: unknown): Promise<Answer> {
  const { digitalocean, tokens } = need(drill.cloud, 'the cloud');
  return ask(`${digitalocean}/v2${path}`, tokens.digitalocean, method, body);
}

/** A call about the records of the drill's zone; its result. */
export async function records(drill: Cloud, method: string, path = '', body?: unknown): Promise<any> {
  const { cloudflare, tokens, zone } = need(drill.cloud, 'the cloud');
  return (await ask(`${cloudflare}/zones/${zone.id}/dns_records${path}`, tokens.cloudflare, method, body)).result;
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

async function ask(url: string, token: string, method: string, body: unknown): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`the cloud answered ${answer.status} to ${method} ${new URL(url).pathname}: ${text.slice(0, 200)}`);
  return text ? (JSON.parse(text) as Answer) : {};
}
