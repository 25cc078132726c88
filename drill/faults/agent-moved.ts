/** An agent moves from one host to another, by the line that names its home; whoever updates the new home first is refused. */
import { NAMESPACE } from '../../stacks/model/settings';
import { rehearsalName } from '../../stacks/model/rehearsal';
import { ssh, type SshTarget } from '../../components/ssh';
import { StackFile } from '../../scripts/lib/stack-file';
import { declarationOf } from '../../scripts/init/init';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { readableUrn } from '../../scripts/engines/engine';
import { membersOf, need, phase, runEngine, type Drill } from '../context';
import { adminOf, gitOf, httpOf } from '../forge';
import { createBeside } from '../phases/beside';
import { destroy } from '../phases/destroy';
import { samplesOf, seedSample } from '../seed/samples';
import { readProbes, verifyServices, writeProbes } from '../services/host';
import type { Fault } from './fault';
import { changeProgram, type Line } from './program';
import { until } from './steps';

/** The only one whose old home's role lets it go and whose new home's role takes it. */
const AGENT = 'hermes-bezalel';

/** The drill's own stack becomes a neighbour of the testbed's, and knows the agent. */
const NEIGHBOURS: Line[] = [
  { file: 'stacks/model/rehearsal.ts', from: "fleet: 'rehearsal'", to: "fleet: 'drill'" },
  { file: 'stacks/drill.ts', from: "agent.name === 'allegro'", to: "['allegro', 'bezalel'].includes(agent.name)" },
];
const home = (host: string): string => `agent('bezalel', '${host}')`;
const moveTo = (to: string, from: string): Line => ({ file: 'stacks/timmy/agents.ts', from: home(from), to: home(to) });
/** What a stack must share with another before an agent can move between them. */
const KEYS = ['backupIdentity', 'resticPassword'];

export const agentMoved: Fault = {
  kind: 'agent-moved',
  title: 'an agent moves to another host and back; each time its new home is updated before its old one let it go',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'beside', 'the host that the agent lives on, from nothing', makeOldHome);
    const written: number[] = [];
    const beside = need(drill.beside, 'the stack beside');
    await phase(drill, 'there', 'one line, and an update of each stack', (one) =>
      move(one, beside, one, moveTo('alpha', 'beta'), written),
    );
    await phase(drill, 'back', 'the same line as before, and an update of each stack', (one) =>
      move(one, one, beside, moveTo('beta', 'alpha'), written),
    );
    if (!drill.options.keep) await phase(drill, 'destroy', 'both stacks and the cloud', destroy);
  },
};

async function makeOldHome(drill: Drill): Promise<void> {
  const stack = rehearsalName('beta');
  const own = await StackFile.open(drill.workspace.configFile, need(drill.stack, 'the stack').passphrase);
  await seedSources(drill, stack, own);
  changeProgram(drill, ...NEIGHBOURS);
  await createBeside(drill, stack, (file) => {
    for (const key of KEYS) file.setSecret(`${NAMESPACE}:${key}`, own.text(`${NAMESPACE}:${key}`));
    file.setPlain(`${NAMESPACE}:backupRecipient`, own.text(`${NAMESPACE}:backupRecipient`));
  });
  const old = targetOf(drill.beside);
  await until(drill, 'the agent to work', async () => {
    const [{ ok, said }] = await verifyServices(old, [AGENT]);
    return (ok && /is alive/.test(said)) || said;
  });
}

/** The saved forge holds what its own stack runs from; the other stack runs from more. */
async function seedSources(drill: Drill, stack: string, file: StackFile): Promise<void> {
  const forge = need(drill.forge, 'the forge');
  const { facts, adminToken, plan } = need(drill.account, 'the account');
  const http = httpOf(forge);
  try {
    const gitea = adminOf(forge, http).as({ token: adminToken });
    const gitEnv = await gitOf(forge, forge.admin.name, adminToken);
    for (const sample of samplesOf([declarationOf(stack)], settingsOf(file, declarationOf(stack)))) {
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

/** The agent goes from one stack to the other, and is written to until it is stopped. `written`: the stamps of its home, which it adds to. */
async function move(drill: Drill, from: Drill, to: Drill, line: Line, written: number[]): Promise<void> {
  const { record } = drill;
  const [old, next] = [targetOf(from), targetOf(to)];
  const since = Date.now() / 1000;
  changeProgram(drill, line);
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
  written.push(...stamps);
  const stopped = await momentOf(old, 'Stopped', since);
  record.check(`${from.hostName} let it go`, (await active(old)) === 'inactive', `stopped at ${clock(stopped)}`);
  await runEngine(to, 'up');
  const [{ ok, said }] = await verifyServices(next, [AGENT]);
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
  for (const member of membersOf(drill)) {
    const { steps } = await runEngine(member, 'up');
    record.check(
      `second update changes nothing in ${member.declaration.stack}, agent on ${to.hostName}`,
      steps.length === 0,
      steps.map(({ op, urn }) => `${op} ${readableUrn(urn)}`).join(', ') || 'no step',
    );
  }
}

/** The lines about the agent in what the new home's update said, which must not go through. */
async function updateTooEarly(drill: Drill): Promise<string> {
  const run = drill.engine.up(need(drill.stack, 'the stack'), { signal: drill.signal });
  // Ctrl-C waits for it.
  drill.inFlight = run.catch(() => undefined);
  const { ok, errors } = await run;
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

const targetOf = (drill: Drill | undefined): SshTarget => need(drill?.sshTarget, 'the address');

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
