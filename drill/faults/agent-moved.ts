/** An agent moves from one host to another, by the line that names its home; whoever updates the new home first is refused. */
import { declarationOf } from '../../scripts/init/init';
import { ssh, type SshTarget } from '../../components/ssh';
import type { StackFile } from '../../scripts/lib/stack-file';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { fleets, type Declaration } from '../../stacks';
import { forgeStackOf } from '../../stacks/model/fleet';
import { rehearsalName } from '../../stacks/model/rehearsal';
import { required } from '../../stacks/model/required';
import { NAMESPACE } from '../../stacks/model/settings';
import { changesNothing, phase, runEngine, type Seeded, type Stack } from '../context';
import { withAdmin } from '../forge';
import { createBeside } from '../phases/beside';
import { destroy } from '../phases/destroy';
import { redeclared } from '../program/declare';
import { samplesOf, seedSample } from '../seed/samples';
import { readProbes, verifyService, writeProbes } from '../services/host';
import { settingsFile } from '../settings';
import type { Fault } from './fault';
import { until } from './steps';

/** What a stack must share with another before an agent can move between them. */
const KEYS = ['backupIdentity', 'resticPassword'];

/** The drill's own stack and the one beside it, with the agent that lives there and what it has written into its home so far. */
interface Homes {
  agent: string;
  forge: Seeded;
  beside: Stack;
  written: number[];
}

export const agentMoved: Fault = {
  kind: 'agent-moved',
  title: 'an agent moves to another host and back; each time its new home is updated before its old one let it go',
  ends: 'recovers',
  run: async (drill) => {
    const old = await phase(drill, 'beside', 'the host that the agent lives on, from nothing', makeOldHome);
    const there = await phase(drill, 'there', 'one line, and an update of each stack', () =>
      move(old, old.forge.hostName),
    );
    const back = await phase(drill, 'back', 'the same line as before, and an update of each stack', () =>
      move(there, old.beside.hostName),
    );
    await destroy(back.forge, back.beside);
  },
};

async function makeOldHome(drill: Seeded): Promise<Homes> {
  const { agent, declaration } = oneBeside(drill.declaration);
  const own = await settingsFile(drill);
  await seedSources(drill, declaration, own);
  const beside = await createBeside(drill, declaration, (file) => {
    for (const key of KEYS) file.setSecret(`${NAMESPACE}:${key}`, own.text(`${NAMESPACE}:${key}`));
    file.setPlain(`${NAMESPACE}:backupRecipient`, own.text(`${NAMESPACE}:backupRecipient`));
  });
  await until(drill, 'the agent to work', async () => {
    const { ok, said } = await verifyService(beside.sshTarget, unitOf(agent));
    return (ok && /is alive/.test(said)) || said;
  });
  return { agent, forge: drill, beside, written: [] };
}

/** The first agent of the fleet that lives on another stack than the forge's, and the rehearsal of that stack. */
function oneBeside({ fleet: name, agents }: Declaration): { agent: string; declaration: Declaration } {
  const fleet = required(
    fleets.find((one) => one.name === name),
    `fleet ${name}`,
  );
  const beside = fleet.stacks.filter((stack) => stack !== forgeStackOf(fleet));
  const found = agents
    .filter(({ status }) => status === 'active')
    .flatMap(({ name: agent, homes }) =>
      beside.filter(({ hosts }) => hosts.some((host) => homes.includes(host.name))).map((stack) => ({ agent, stack })),
    )[0];
  const { agent, stack } = required(found, `an agent of fleet ${name} that lives beside its forge`);
  return { agent, declaration: declarationOf(rehearsalName(stack.stack)) };
}

const unitOf = (agent: string): string => `hermes-${agent}`;

/** The saved forge holds what its own stack runs from; the other stack runs from more. */
async function seedSources(
  { forge, account, declaration }: Seeded,
  beside: Declaration,
  file: StackFile,
): Promise<void> {
  const { facts, adminToken, plan } = account;
  await withAdmin(forge, adminToken, async (admin) => {
    for (const sample of samplesOf([beside], settingsOf(file, declaration)))
      if (!(await admin.gitea.exists(`/repos/${sample.repository}`)))
        await seedSample({ ...admin, facts, seed: plan.seed, organization: plan.organization }, sample);
  });
}

/** The agent goes to the stack with this host, and is written to until it is stopped. */
async function move({ agent: name, forge, beside, written: before }: Homes, home: string): Promise<Homes> {
  const agent = unitOf(name);
  const change = (declaration: Declaration): Declaration => ({
    ...declaration,
    agents: declaration.agents.map((one) => (one.name === name ? { ...one, homes: [home] } : one)),
  });
  const moved = { forge: redeclared(forge, change, [beside]), beside: redeclared(beside, change, [forge]) };
  const [to, from]: [Stack, Stack] =
    forge.hostName === home ? [moved.forge, moved.beside] : [moved.beside, moved.forge];
  const { record } = to;
  const [old, next] = [from.sshTarget, to.sshTarget];
  const since = Date.now() / 1000;
  const early = await updateTooEarly(to, agent);
  const runs = [await active(old, agent), await active(next, agent)];
  record.check(
    `${to.hostName} may not start it before ${from.hostName} let it go`,
    early.includes(`${agent} has not been let go by ${from.hostName}`) && runs.join() === 'active,inactive',
    `${early}; ${from.hostName} ${runs[0]}, ${to.hostName} ${runs[1]}`,
  );

  let updated = false;
  const [stamps] = await Promise.all([
    writeUntilStopped(old, agent, () => updated),
    runEngine(from, 'up').finally(() => (updated = true)),
  ]);
  const written = [...before, ...stamps];
  const stopped = await momentOf(old, agent, 'Stopped', since);
  record.check(`${from.hostName} let it go`, (await active(old, agent)) === 'inactive', `stopped at ${clock(stopped)}`);
  await runEngine(to, 'up');
  const { ok, said } = await verifyService(next, agent);
  record.check(`the agent works on ${to.hostName}`, ok && /is alive/.test(said), said);
  const found = (await readProbes(next)).get(`${agent}/files`) ?? [];
  const there = written.filter((stamp) => found.includes(stamp));
  record.check(
    `what it had written on ${from.hostName} is on ${to.hostName}`,
    stamps.length > 0 && there.length === written.length,
    `${there.length} of ${written.length} writes, the last one ${(stopped - Math.max(...written) / 1000).toFixed(1)} s before it was stopped`,
  );
  const started = await momentOf(next, agent, 'Started', since);
  record.check(
    `never active twice on the way to ${to.hostName}`,
    stopped > 0 && started > stopped,
    `stopped at ${clock(stopped)}, started at ${clock(started)}: away for ${(started - stopped).toFixed(1)} s`,
  );
  for (const stack of [to, from])
    await changesNothing(stack, `second update changes nothing in ${stack.declaration.stack}, agent on ${to.hostName}`);
  return { agent: name, ...moved, written };
}

/** The lines about the agent in what the new home's update said, which must not go through. */
async function updateTooEarly(drill: Stack, agent: string): Promise<string> {
  // Ctrl-C waits for it.
  const { ok, errors } = await drill.ends.hold(drill.engine.up(drill.stack, { signal: drill.signal }));
  const lines = errors.flatMap((error) => error.split('\n'));
  return ok ? 'it went through' : (lines.find((line) => line.includes(agent)) ?? lines[0] ?? '').trim();
}

/** Stamps that its home acknowledged before it was stopped: what comes later is no work of the agent's. */
async function writeUntilStopped(target: SshTarget, agent: string, over: () => boolean): Promise<number[]> {
  const stamps: number[] = [];
  while (!over()) {
    const stamp = Date.now();
    const { acknowledged } = await writeProbes(target, stamp);
    if ((await active(target, agent)) !== 'active') break;
    if (acknowledged.includes(`${agent}/files`)) stamps.push(stamp);
  }
  return stamps;
}

/** State of the agent's unit; a host that does not know it says inactive. */
const active = async (target: SshTarget, agent: string): Promise<string> =>
  (await ssh(target, `systemctl is-active ${agent}.service`)).stdout.trim();

/** When the host's systemd first started or last stopped the agent after a moment, in seconds since the epoch; 0 where it did not. All hosts of a drill have one clock. */
async function momentOf(target: SshTarget, agent: string, what: 'Started' | 'Stopped', since: number): Promise<number> {
  const one = what === 'Started' ? 'head' : 'tail';
  const { stdout } = await ssh(
    target,
    `journalctl --unit ${agent}.service --since @${since.toFixed(0)} --output short-unix --no-pager | grep ' systemd\\[1\\]: ${what} ' | ${one} -n 1`,
  );
  return Number.parseFloat(stdout) || 0;
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 23);
