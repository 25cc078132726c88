/** What must hold of the rebuilt forge besides its data. */
import { setTimeout as sleep } from 'node:timers/promises';
import { agentsOf } from '../../stacks/model/validate';
import { messageOf } from '../../scripts/lib/errors';
import { ssh } from '../../components/ssh';
import { changesNothing, hostOf, type Seeded, type Stack } from '../context';
import { withForge } from '../forge';
import type { Struck } from './fault';
import { required } from '../../stacks/model/required';

/** Bounds against waiting for ever; how long something takes is reported, and judged where it has an objective. */
const CLIENT_MS = 300_000;
const AGENT_MS = 300_000;
const HOOK_MS = 300_000;
const FRESH_HEARTBEAT_MS = 30_000;

/** Of a forge that was struck: its clients, its webhook, and all that `verifyStacks` looks at. */
export async function verify(drill: Struck, lost: Stack[] = [drill], members = lost, standbys = 0): Promise<void> {
  await recoveryTimes(drill);
  await hookFires(drill);
  await verifyStacks(lost, members, standbys);
}

/** Agents and settled state of the stacks that lost their hosts; and of all stacks how many machines there are. */
export async function verifyStacks(lost: Stack[], members: Stack[], standbys = 0): Promise<void> {
  for (const stack of lost)
    for (const { name } of agentsOf(stack.declaration, hostOf(stack))) await agentBeats(stack, name);
  for (const stack of lost) {
    stack.progress.waiting('a second update');
    const { options, declaration } = stack;
    await changesNothing(stack, `second update changes nothing${options.scope ? ` in ${declaration.stack}` : ''}`);
  }
  const { record, provider } = required(members[0], 'a stack');
  const droplets = await provider.droplets();
  const wanted = members.flatMap(({ declaration }) => declaration.hosts).length + standbys;
  record.check(
    'no droplet was made twice',
    droplets.length === wanted,
    `${droplets.length} of ${wanted}: ${droplets.join(', ')}`,
  );
}

async function recoveryTimes({ clients, progress, record, forge }: Struck): Promise<void> {
  progress.waiting('the clients’ first transaction');
  const limit = setTimeout(() => void clients.stop(), CLIENT_MS);
  const { fresh } = await clients.recovered;
  clearTimeout(limit);
  await clients.stop();
  record.check(
    'a client trusts its certificate',
    fresh !== undefined,
    forge.ca
      ? 'both clients trust the authorities of the embedded cloud and nobody else'
      : 'both clients trust the public authorities',
  );
}

/** A restored webhook fires and signs with its restored secret. */
async function hookFires({ account, hooks, forge, progress, record }: Seeded): Promise<void> {
  const { hook, adminToken } = account;
  if (!hook || !hooks) return;
  progress.waiting('a delivery of the webhook');
  const title = `hook after the rebuild ${Date.now()}`;
  await withForge(forge, adminToken, (gitea) => gitea.post(`/repos/${hook.repository}/issues`, { title }));
  const delivered = await hooks.waitFor(title, hook.secret, HOOK_MS);
  record.check(
    'webhook fires with its secret',
    delivered,
    delivered ? `delivered to ${hook.url}` : `nothing signed came within ${HOOK_MS / 1000} s`,
  );
}

/** An agent runs from the restored forge and beats. */
async function agentBeats(drill: Stack, agent: string): Promise<void> {
  drill.progress.waiting(`a heartbeat of agent ${agent}`);
  const until = Date.now() + AGENT_MS;
  let detail = 'no heartbeat';
  let ok = false;
  while (!ok && Date.now() < until) {
    const read = await ssh(drill.sshTarget, `cat /var/lib/wizards/${agent}/heartbeat.json`).catch((error) => ({
      code: 1,
      stdout: '',
      stderr: messageOf(error),
    }));
    if (read.code === 0) {
      const at = Date.parse((JSON.parse(read.stdout) as { at: string }).at);
      ok = Date.now() - at < FRESH_HEARTBEAT_MS;
      detail = `last one ${((Date.now() - at) / 1000).toFixed(1)} s ago`;
    } else detail = read.stderr.trim() || detail;
    if (!ok) await sleep(500, undefined, { signal: drill.signal });
  }
  drill.record.check(`agent ${agent} runs from the forge`, ok, detail);
}
