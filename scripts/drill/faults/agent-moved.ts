/** An agent moves from one host to another, by the line that names its home; whoever updates the new home first is refused. */
import { NAMESPACE } from '../../../stacks/settings';
import { rehearsalName } from '../../../stacks/rehearsal';
import { messageOf } from '../../lib/errors';
import { ssh, type SshTarget } from '../../lib/ssh';
import { StackFile } from '../../lib/stack-file';
import { declarationOf } from '../../init/init';
import { settingsOf } from '../../status/status';
import { readableUrn } from '../../engines/engine';
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
const WORKS_MS = 120_000;
const WRITES = 5;

/** The drill's own stack becomes a neighbour of the testbed's, and knows the agent. */
const NEIGHBOURS: Line[] = [
  { file: 'stacks/rehearsal.ts', from: "fleet: 'rehearsal'", to: "fleet: 'drill'" },
  { file: 'stacks/drill.ts', from: "agent.name === 'allegro'", to: "['allegro', 'bezalel'].includes(agent.name)" },
];
const MOVE: Line = { file: 'stacks/timmy/agents.ts', from: "agent('bezalel', 'beta')", to: "agent('bezalel', 'alpha')" };
/** What a stack must share with another before an agent can move between them. */
const KEYS = ['backupIdentity', 'resticPassword'];

export const agentMoved: Fault = {
  kind: 'agent-moved',
  title: 'an agent moves to another host; its new home is updated before its old one let it go',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'beside', 'the host that the agent lives on, from nothing', makeOldHome);
    await phase(drill, 'move', 'one line, and an update of each stack', move);
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
  await until(drill, 'the agent to work', WORKS_MS, async () => {
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
    for (const sample of samplesOf([declarationOf(stack)], settingsOf(file))) {
      if (await gitea.exists(`/repos/${sample.repository}`)) continue;
      await seedSample({ gitea, http, facts, seed: plan.seed, gitEnv, basic: { user: forge.admin.name, password: adminToken }, workDir: forge.workDir, organization: plan.organization }, sample);
    }
  } finally {
    await http.close();
  }
}

async function move(drill: Drill): Promise<void> {
  const { record } = drill;
  const beside = need(drill.beside, 'the stack beside');
  const [old, next] = [targetOf(beside), targetOf(drill)];
  const stamps: number[] = [];
  for (let n = 0; n < WRITES; n++) {
    const stamp = Date.now();
    const { acknowledged } = await writeProbes(old, stamp);
    if (acknowledged.includes(`${AGENT}/files`)) stamps.push(stamp);
  }
  record.check('the agent’s home takes writes', stamps.length === WRITES, `${stamps.length} of ${WRITES} acknowledged`);
  changeProgram(drill, MOVE);
  const early = await updateTooEarly(drill);
  const runs = [await active(old), await active(next)];
  record.check('the new home may not start it before the old one let it go', /has not been let go by beta/.test(early) && runs.join() === 'active,inactive', `${early.split('\n').filter((line) => line.includes(AGENT)).join(' ').trim() || early}; ${beside.hostName} ${runs[0]}, ${drill.hostName} ${runs[1]}`);

  await runEngine(beside, 'up');
  record.check('the old home let it go', (await active(old)) === 'inactive', `stopped at ${clock(await momentOf(old, 'Stopped'))}`);
  const { steps } = await runEngine(drill, 'up');
  record.check('the new home took it over', steps.some(({ urn }) => readableUrn(urn) === `Command ${drill.hostName}-handover`) && (await active(next)) === 'active', `${steps.length} steps`);
  await arrived(drill, old, next, stamps);
  for (const member of membersOf(drill)) {
    const again = await runEngine(member, 'up');
    record.check(`second update changes nothing in ${member.declaration.stack}`, again.steps.length === 0, again.steps.map(({ op, urn }) => `${op} ${readableUrn(urn)}`).join(', ') || 'no step');
  }
}

/** What the new home's update said, which must not go through. */
async function updateTooEarly(drill: Drill): Promise<string> {
  const run = drill.engine.up(need(drill.stack, 'the stack'), { signal: drill.signal });
  // Ctrl-C waits for it.
  drill.inFlight = run.catch(() => undefined);
  const result = await run;
  return result.ok ? 'it went through' : messageOf(result.errors.join('\n'));
}

async function arrived({ record, hostName }: Drill, old: SshTarget, next: SshTarget, stamps: number[]): Promise<void> {
  const [{ ok, said }] = await verifyServices(next, [AGENT]);
  record.check('the agent works at its new home', ok && /is alive/.test(said), said);
  const found = (await readProbes(next)).get(`${AGENT}/files`) ?? [];
  const there = stamps.filter((stamp) => found.includes(stamp));
  const [stopped, started] = [await momentOf(old, 'Stopped'), await momentOf(next, 'Started')];
  record.check('what the agent had written is there', there.length === stamps.length, `${there.length} of ${stamps.length} writes, the last one ${(stopped - Math.max(...stamps) / 1000).toFixed(1)} s before it was stopped`);
  record.check('the agent was never active twice', stopped > 0 && started > stopped, `stopped at ${clock(stopped)}, started on ${hostName} at ${clock(started)}: away for ${(started - stopped).toFixed(1)} s`);
}

const targetOf = (drill: Drill | undefined): SshTarget => need(drill?.sshTarget, 'the address');

/** State of the agent's unit; a host that does not know it says inactive. */
const active = async (target: SshTarget): Promise<string> => (await ssh(target, `systemctl is-active ${AGENT}.service`)).stdout.trim();

/** When the host's systemd first started or last stopped the agent, in seconds since the epoch; 0 where it never did. All hosts of a drill have one clock. */
async function momentOf(target: SshTarget, what: 'Started' | 'Stopped'): Promise<number> {
  const one = what === 'Started' ? 'head' : 'tail';
  const { stdout } = await ssh(target, `journalctl --unit ${AGENT}.service --output short-unix --no-pager | grep ' systemd\\[1\\]: ${what} ' | ${one} -n 1`);
  return Number.parseFloat(stdout) || 0;
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 23);
