/** What must hold of the rebuilt forge besides its data. */
import { setTimeout as sleep } from 'node:timers/promises';
import { agentsOf } from '../../stacks/model/validate';
import { readableUrn } from '../../scripts/engines/engine';
import { messageOf } from '../../scripts/lib/errors';
import { ssh } from '../../components/ssh';
import { hostOf, losesForge, lostOf, membersOf, need, runEngine, type Drill } from '../context';
import { httpOf } from '../forge';
import { Gitea } from '../seed/gitea';

/** Bounds against waiting for ever; how long something takes is reported, and judged where it has an objective. */
const CLIENT_MS = 300_000;
const AGENT_MS = 300_000;
const HOOK_MS = 300_000;
const FRESH_HEARTBEAT_MS = 30_000;

export async function verify(drill: Drill): Promise<void> {
  if (losesForge(drill)) {
    await recoveryTimes(drill);
    await hookFires(drill);
  }
  for (const member of lostOf(drill)) {
    for (const agent of agents(member)) await agentBeats(member, agent);
  }
  for (const member of lostOf(drill)) await secondUpdate(member);
  await oneHost(drill);
}

async function recoveryTimes(drill: Drill): Promise<void> {
  const clients = need(drill.clients, 'the clients');
  drill.progress.waiting('the clients’ first transaction');
  const limit = setTimeout(() => void clients.stop(), CLIENT_MS);
  const { fresh } = await clients.recovered;
  clearTimeout(limit);
  await clients.stop();
  drill.record.check(
    'a client trusts its certificate',
    fresh !== undefined,
    drill.forge?.ca
      ? 'both clients trust the authorities of the embedded cloud and nobody else'
      : 'both clients trust the public authorities',
  );
}

/** A restored webhook fires and signs with its restored secret. */
async function hookFires(drill: Drill): Promise<void> {
  const { hook, adminToken } = need(drill.account, 'the account');
  if (!hook || !drill.hooks) return;
  drill.progress.waiting('a delivery of the webhook');
  const forge = need(drill.forge, 'the forge');
  const http = httpOf(forge);
  const title = `hook after the rebuild ${Date.now()}`;
  try {
    await new Gitea(http, forge.baseUrl, { token: adminToken }).post(`/repos/${hook.repository}/issues`, { title });
    const delivered = await drill.hooks.waitFor(title, hook.secret, HOOK_MS);
    drill.record.check(
      'webhook fires with its secret',
      delivered,
      delivered ? `delivered to ${hook.url}` : `nothing signed came within ${HOOK_MS / 1000} s`,
    );
  } finally {
    await http.close();
  }
}

function agents(drill: Drill): string[] {
  return agentsOf(drill.declaration, hostOf(drill)).map((agent) => agent.name);
}

/** An agent runs from the restored forge and beats. */
async function agentBeats(drill: Drill, agent: string): Promise<void> {
  drill.progress.waiting(`a heartbeat of agent ${agent}`);
  const until = Date.now() + AGENT_MS;
  let detail = 'no heartbeat';
  let ok = false;
  while (!ok && Date.now() < until) {
    const read = await ssh(need(drill.sshTarget, 'the address'), `cat /var/lib/wizards/${agent}/heartbeat.json`).catch(
      (error) => ({ code: 1, stdout: '', stderr: messageOf(error) }),
    );
    if (read.code === 0) {
      const at = Date.parse((JSON.parse(read.stdout) as { at: string }).at);
      ok = Date.now() - at < FRESH_HEARTBEAT_MS;
      detail = `last one ${((Date.now() - at) / 1000).toFixed(1)} s ago`;
    } else detail = read.stderr.trim() || detail;
    if (!ok) await sleep(500, undefined, { signal: drill.signal });
  }
  drill.record.check(`agent ${agent} runs from the forge`, ok, detail);
}

async function secondUpdate(drill: Drill): Promise<void> {
  drill.progress.waiting('a second update');
  const { steps } = await runEngine(drill, 'up');
  drill.record.check(
    `second update changes nothing${drill.options.scope ? ` in ${drill.declaration.stack}` : ''}`,
    steps.length === 0,
    steps.length ? steps.map(({ op, urn }) => `${op} ${readableUrn(urn)}`).join(', ') : 'no step',
  );
}

async function oneHost(drill: Drill): Promise<void> {
  const droplets = await drill.provider.droplets();
  const wanted = membersOf(drill).flatMap(({ declaration }) => declaration.hosts).length + (drill.standbys ?? 0);
  drill.record.check(
    'no droplet was made twice',
    droplets.length === wanted,
    `${droplets.length} of ${wanted}: ${droplets.join(', ')}`,
  );
}
