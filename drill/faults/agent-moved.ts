/** An agent moves from one host to another, by the line that names its home; whoever updates the new home first is refused. */
import { declarationOf } from '../../scripts/init/init';
import { ssh, type SshTarget } from '../../components/ssh';
import type { StackFile } from '../../scripts/lib/stack-file';
import { settingsOf } from '../../scripts/lib/stack-settings';
import type { Declaration } from '../../stacks';
import { rehearsalName } from '../../stacks/model/rehearsal';
import { NAMESPACE } from '../../stacks/model/settings';
import { changesNothing, phase, runEngine, type Seeded, type Stack } from '../context';
import { adminOf, gitOf, httpOf } from '../forge';
import { createBeside } from '../phases/beside';
import { destroy } from '../phases/destroy';
import { redeclared } from '../program/declare';
import { samplesOf, seedSample } from '../seed/samples';
import { readProbes, verifyService, writeProbes } from '../services/host';
import { settingsFile } from '../settings';
import type { Fault } from './fault';
import { until } from './steps';

/** The only one whose old home's role lets it go and whose new home's role takes it. */
const AGENT = 'hermes-bezalel';
const NAME = 'bezalel';

/** What a stack must share with another before an agent can move between them. */
const KEYS = ['backupIdentity', 'resticPassword'];

/** The drill's own stack and the testbed's, with what the agent has written into its home so far. */
interface Homes {
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
    const there = await phase(drill, 'there', 'one line, and an update of each stack', () => move(old, 'alpha'));
    const back = await phase(drill, 'back', 'the same line as before, and an update of each stack', () =>
      move(there, 'beta'),
    );
    await destroy(back.forge, back.beside);
  },
};

async function makeOldHome(drill: Seeded): Promise<Homes> {
  const testbed = declarationOf(rehearsalName('beta'));
  const own = await settingsFile(drill);
  await seedSources(drill, testbed, own);
  const beside = await createBeside(drill, testbed, (file) => {
    for (const key of KEYS) file.setSecret(`${NAMESPACE}:${key}`, own.text(`${NAMESPACE}:${key}`));
    file.setPlain(`${NAMESPACE}:backupRecipient`, own.text(`${NAMESPACE}:backupRecipient`));
  });
  await until(drill, 'the agent to work', async () => {
    const { ok, said } = await verifyService(beside.sshTarget, AGENT);
    return (ok && /is alive/.test(said)) || said;
  });
  return { forge: drill, beside, written: [] };
}

/** The saved forge holds what its own stack runs from; the other stack runs from more. */
async function seedSources(
  { forge, account, declaration }: Seeded,
  testbed: Declaration,
  file: StackFile,
): Promise<void> {
  const { facts, adminToken, plan } = account;
  const http = httpOf(forge);
  try {
    const gitea = adminOf(forge, http).as({ token: adminToken });
    const gitEnv = await gitOf(forge, forge.admin.name, adminToken);
    for (const sample of samplesOf([testbed], settingsOf(file, declaration))) {
      if (await gitea.exists(`/repos/${sample.repository}`)) continue;
      await seedSample(
        {
          gitea,
          http,
          facts,
          seed: plan.seed,
          gitEnv,
          basic: { user: forge.admin.name, password: adminToken },
          workDir: forge.workDir,
          organization: plan.organization,
        },
        sample,
      );
    }
  } finally {
    await http.close();
  }
}

/** The agent goes to the stack with this host, and is written to until it is stopped. */
async function move({ forge, beside, written: before }: Homes, home: string): Promise<Homes> {
  const change = (declaration: Declaration): Declaration => ({
    ...declaration,
    agents: declaration.agents.map((agent) => (agent.name === NAME ? { ...agent, homes: [home] } : agent)),
  });
  const moved = { forge: redeclared(forge, change, [beside]), beside: redeclared(beside, change, [forge]) };
  const [to, from]: [Stack, Stack] =
    forge.hostName === home ? [moved.forge, moved.beside] : [moved.beside, moved.forge];
  const { record } = to;
  const [old, next] = [from.sshTarget, to.sshTarget];
  const since = Date.now() / 1000;
  const early = await updateTooEarly(to);
  const runs = [await active(old), await active(next)];
  record.check(
    `${to.hostName} may not start it before ${from.hostName} let it go`,
    early.includes(`${AGENT} has not been let go by ${from.hostName}`) && runs.join() === 'active,inactive',
    `${early}; ${from.hostName} ${runs[0]}, ${to.hostName} ${runs[1]}`,
  );

  let updated = false;
  const [stamps] = await Promise.all([
    writeUntilStopped(old, () => updated),
    runEngine(from, 'up').finally(() => (updated = true)),
  ]);
  const written = [...before, ...stamps];
  const stopped = await momentOf(old, 'Stopped', since);
  record.check(`${from.hostName} let it go`, (await active(old)) === 'inactive', `stopped at ${clock(stopped)}`);
  await runEngine(to, 'up');
  const { ok, said } = await verifyService(next, AGENT);
  record.check(`the agent works on ${to.hostName}`, ok && /is alive/.test(said), said);
  const found = (await readProbes(next)).get(`${AGENT}/files`) ?? [];
  const there = written.filter((stamp) => found.includes(stamp));
  record.check(
    `what it had written on ${from.hostName} is on ${to.hostName}`,
    stamps.length > 0 && there.length === written.length,
    `${there.length} of ${written.length} writes, the last one ${(stopped - Math.max(...written) / 1000).toFixed(1)} s before it was stopped`,
  );
  const started = await momentOf(next, 'Started', since);
  record.check(
    `never active twice on the way to ${to.hostName}`,
    stopped > 0 && started > stopped,
    `stopped at ${clock(stopped)}, started at ${clock(started)}: away for ${(started - stopped).toFixed(1)} s`,
  );
  for (const stack of [to, from])
    await changesNothing(stack, `second update changes nothing in ${stack.declaration.stack}, agent on ${to.hostName}`);
  return { ...moved, written };
}

/** The lines about the agent in what the new home's update said, which must not go through. */
async function updateTooEarly(drill: Stack): Promise<string> {
  // Ctrl-C waits for it.
  const { ok, errors } = await drill.ends.hold(drill.engine.up(drill.stack, { signal: drill.signal }));
  const lines = errors.flatMap((error) => error.split('\n'));
  return ok ? 'it went through' : (lines.find((line) => line.includes(AGENT)) ?? lines[0] ?? '').trim();
}

/** Stamps that its home acknowledged before it was stopped: what comes later is no work of the agent's. */
async function writeUntilStopped(target: SshTarget, over: () => boolean): Promise<number[]> {
  const stamps: number[] = [];
  while (!over()) {
    const stamp = Date.now();
    const { acknowledged } = await writeProbes(target, stamp);
    if ((await active(target)) !== 'active') break;
    if (acknowledged.includes(`${AGENT}/files`)) stamps.push(stamp);
  }
  return stamps;
}

/** State of the agent's unit; a host that does not know it says inactive. */
const active = async (target: SshTarget): Promise<string> =>
  (await ssh(target, `systemctl is-active ${AGENT}.service`)).stdout.trim();

/** When the host's systemd first started or last stopped the agent after a moment, in seconds since the epoch; 0 where it did not. All hosts of a drill have one clock. */
async function momentOf(target: SshTarget, what: 'Started' | 'Stopped', since: number): Promise<number> {
  const one = what === 'Started' ? 'head' : 'tail';
  const { stdout } = await ssh(
    target,
    `journalctl --unit ${AGENT}.service --since @${since.toFixed(0)} --output short-unix --no-pager | grep ' systemd\\[1\\]: ${what} ' | ${one} -n 1`,
  );
  return Number.parseFloat(stdout) || 0;
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 23);
