/** Droplets that an update ordered and that did not come up: they are deleted, so that the same update can make others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { digitalOceanApi } from '../../stacks/outside/addresses';
import { CloudApi } from '../lib/cloud-api';
import { sentenceOf } from '../lib/errors';
import type { StackRef } from '../lib/project';
import type { Engine, RunResult } from './engine';
import type { ExportedState } from './pending';
import type { TokenEnvironment } from './tokens';

const DROPLET = 'digitalocean:index/droplet:Droplet';
/** One answer that a droplet is not there proves nothing. */
const PAUSES_MS = [0, 500, 2000];

/** The account that the environment names; undefined where the token is in the stack's configuration, which the engine alone can read. */
export function digitalOceanOf({ env, configured }: TokenEnvironment): CloudApi | undefined {
  if (configured?.includes('DigitalOcean')) return undefined;
  return new CloudApi(
    'DigitalOcean',
    (env.DIGITALOCEAN_API_URL ?? digitalOceanApi.value).replace(/\/$/, ''),
    env.DIGITALOCEAN_TOKEN ?? env.DIGITALOCEAN_ACCESS_TOKEN,
    'DIGITALOCEAN_TOKEN',
  );
}

/** A failed update, and where something that it ordered could be cleared away, one more: `run` has to refresh, which takes it out of the state. */
export async function onceMore(
  failed: RunResult,
  clear: () => Promise<string[]>,
  run: () => Promise<RunResult>,
  say: (line: string) => void,
): Promise<RunResult> {
  let cleared: string[];
  try {
    cleared = await clear();
  } catch (error) {
    return { ...failed, errors: [...failed.errors, sentenceOf(error)] };
  }
  if (!cleared.length) return failed;
  cleared.forEach(say);
  const second = await run();
  return {
    ...second,
    steps: [...failed.steps, ...second.steps],
    durationSeconds: failed.durationSeconds + second.durationSeconds,
  };
}

/**
 * Of the resources that the failed run ordered: a droplet that ended in an error or never started is deleted in the account; one that the account
 * has no more is named. One that is active, that started and was stopped since, or that an address leads to is left alone. Returns a sentence for
 * each; empty where a second run would meet the same. Throws where the account refuses.
 */
export async function clearHalfMade(
  engine: Pick<Engine, 'exportState'>,
  stack: StackRef,
  ordered: string[],
  api: CloudApi,
): Promise<string[]> {
  const { deployment } = (await engine.exportState(stack)) as ExportedState;
  const made = (deployment.resources ?? []).filter(
    ({ type, urn, id, delete: going }) => type === DROPLET && id !== undefined && !going && ordered.includes(urn),
  );
  const said: string[] = [];
  for (const { id = '', urn, initErrors } of made) {
    const name = `droplet ${id} (${urn.split('::').pop()})`;
    const status = await statusOf(api, id);
    if (status === undefined) said.push(`${name} is gone before it served: another one is made`);
    else if (status !== 'active' && initErrors?.length && !(await isLedTo(api, id))) {
      await remove(api, id);
      said.push(`${name} did not come up (its status is ${status}): it was deleted, and another one is made`);
    }
  }
  return said;
}

/** Status of a droplet; undefined where the account says each time that it has none. */
async function statusOf(api: CloudApi, id: string): Promise<string | undefined> {
  for (const pause of PAUSES_MS) {
    await sleep(pause);
    const { status, body } = await api.ask('GET', `/v2/droplets/${id}`);
    if (status === 404 && body?.id === 'not_found') continue;
    if (status !== 200) throw new Error(`${api.label} answered ${status} to GET /v2/droplets/${id}`);
    return body.droplet.status;
  }
  return undefined;
}

async function isLedTo(api: CloudApi, id: string): Promise<boolean> {
  const { reserved_ips: addresses } = await api.read('/v2/reserved_ips?per_page=200');
  return addresses.some(({ droplet }: { droplet: { id: number } | null }) => String(droplet?.id) === id);
}

async function remove(api: CloudApi, id: string): Promise<void> {
  const { status, body } = await api.ask('DELETE', `/v2/droplets/${id}`);
  if (status !== 204 && status !== 404)
    throw new Error(
      `Droplet ${id} did not come up, and ${api.label} does not delete it now (${status}: ${body?.message ?? 'no reason'})`,
    );
}
