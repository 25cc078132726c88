/** The rehearsal: cloud, create, seed, fault, detection, rebuild, verify, compare, destroy; then the report. */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chosen } from '../scripts/engines/choose';
import { declarationOf } from '../scripts/init/init';
import { reportSchema, type Report } from '../scripts/lib/drill-report';
import { Inconclusive, messageOf } from '../scripts/lib/errors';
import { machine } from '../scripts/lib/machine';
import { Progress } from '../scripts/lib/progress';
import type { DrillCloud } from './clouds/cloud';
import { EmbeddedCloud } from './clouds/embedded';
import {
  DrillRecord,
  forgeRtoObjective,
  phase,
  sharesOf,
  type Drill,
  type DrillOptions,
  type Fleet,
  type Seeded,
} from './context';
import { required } from '../stacks/model/required';
import { Ends } from './ends';
import type { Load } from './load/load';
import { MachineMeter } from './machine/meter';
import { createBeside, loseBeside, waitsForForge } from './phases/beside';
import { cloud } from './phases/cloud';
import { compare } from './phases/compare';
import { create } from './phases/create';
import { destroy } from './phases/destroy';
import { fault } from './phases/fault';
import { guard } from './phases/guard';
import { detection, preview, rebuild } from './phases/rebuild';
import { seed } from './phases/seed';
import { compareServices, services } from './phases/services';
import { upgrade } from './phases/upgrade';
import { verify, verifyStacks } from './phases/verify';
import { checkedOut } from './program/release';
import { objectiveChecks, verdictOf } from './report';
import { html } from './report-html/page';
import { markdown } from './report-markdown';
import { isRehearsal } from './report-words';
import { cloneOfSaved } from './saved/saved';
import type { Scope } from './scope';
import { markLatest, openWorkspace } from './workspace';

export interface Finished {
  report: Report;
  dir: string;
}

/** A seed for a drill that names none. */
export const anySeed = (): number => randomInt(2 ** 31);

/** Runs one drill from beginning to end. It always cleans up (unless asked to keep) and always writes its report. */
export async function runDrill(
  options: DrillOptions,
  chosen: Chosen,
  signal: AbortSignal,
  provider: DrillCloud = new EmbeddedCloud(),
): Promise<Finished> {
  const startedAt = new Date();
  const workspace = openWorkspace(startedAt);
  const drill: Drill = {
    options,
    engine: chosen.engine,
    provider,
    workspace,
    progress: new Progress(process.stderr, workspace.log),
    record: new DrillRecord(),
    signal,
    ends: new Ends(),
    meter: isRehearsal({ cloud: provider.label }) ? new MachineMeter() : undefined,
  };
  const { progress, meter } = drill;
  progress.say(
    `drill${options.fault ? ` of ${options.fault.kind}` : ''} with the ${chosen.engine.label} (${chosen.reason}), size ${options.size}, seed ${options.seed}`,
  );
  let failure: string | undefined;
  let inconclusive = false;
  try {
    await (options.fault ? options.fault.run(await cloneOfSaved(drill)) : rehearse(drill));
  } catch (error) {
    failure = signal.aborted ? 'interrupted' : messageOf(error);
    inconclusive = error instanceof Inconclusive;
    progress.say(`  ${failure}`);
    if (process.env.FLEET_DEBUG === '1' && error instanceof Error) progress.say(error.stack ?? '');
  }
  await drill.ends.run().catch((error) => (failure ??= messageOf(error)));
  const report = reportOf(drill, startedAt, { failure, inconclusive });
  meter?.stop();
  writeFileSync(join(workspace.dir, 'report.json'), `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`);
  writeFileSync(join(workspace.dir, 'report.md'), markdown(report));
  writeFileSync(join(workspace.dir, 'report.html'), html(report));
  markLatest(workspace.dir);
  workspace.release();
  progress.stop();
  return { report, dir: workspace.dir };
}

async function rehearse(drill: Drill): Promise<void> {
  const { size, scope, upgradeFrom } = drill.options;
  const running = await phase(drill, 'cloud', drill.provider.does.start, (one) => cloud(one));
  const program =
    upgradeFrom &&
    (await phase(running, 'release', 'an older version of the program', (one) => checkedOut(one, upgradeFrom)));
  const stack = await phase(running, 'create', 'a stack from nothing', (one) => create(one, program));
  const forge = await phase(stack, 'seed', `${size} forge: repositories, issues, LFS, wiki, users`, seed);
  if (upgradeFrom)
    return loseForge(await phase(forge, 'upgrade', 'an update by this version, written to all the time', upgrade));
  return scope ? rehearseFleet(await fleetOf(forge, scope)) : rehearseForge(forge);
}

/** The usual drill: the host of the forge dies. */
async function rehearseForge(forge: Seeded): Promise<void> {
  await phase(forge, 'guard', 'the backups against the host’s own key', guard);
  await loseForge(forge);
}

/** The host of the forge dies, under a load that writes already or that begins now. */
async function loseForge(forge: Seeded & { load?: Load }): Promise<void> {
  const struck = await phase(forge, 'fault', 'writing until the host dies', (one) => fault(one, { load: one.load }));
  await phase(struck, 'detection', 'waiting for the declared monitor', detection);
  if (forge.options.checkPreview) await phase(struck, 'preview', 'what an update would do', preview);
  await phase(struck, 'rebuild', 'up --refresh', rebuild);
  await phase(struck, 'verify', 'clients, webhook, agent, second update', (one) => verify(one));
  await phase(struck, 'compare', 'everything seeded with what came back', compare);
  await destroy(forge);
}

/** The stacks that a scope asks for; the one beside the forge is made here. */
async function fleetOf(forge: Seeded, { beside: name, loses }: Scope): Promise<Fleet> {
  const beside =
    name === undefined
      ? undefined
      : await phase(forge, 'beside', 'the stack beside the forge, from nothing', (one) =>
          createBeside(one, declarationOf(name)),
        );
  const members = [forge, ...(beside ? [beside] : [])];
  const lost = loses.map((stack) =>
    required(
      members.find(({ declaration }) => declaration.stack === stack),
      `stack ${stack}`,
    ),
  );
  return { forge, beside, members, lost };
}

/** Whole stacks: every service of the hosts that die is written to, and judged. */
async function rehearseFleet(fleet: Fleet): Promise<void> {
  const { forge, beside, members, lost } = fleet;
  const served = await phase(forge, 'services', 'every service works and is in the store', () => services(fleet));
  const losesForge = lost.includes(forge);
  if (losesForge) await phase(forge, 'guard', 'the backups against the host’s own key', guard);
  const { struck, after } = await phase(forge, 'fault', 'writing until the host dies', async () => {
    if (!losesForge)
      return { struck: undefined, after: await loseBeside(required(beside, 'the stack beside'), served.probing) };
    const others = lost.filter((stack) => stack !== forge);
    const struck = await fault(forge, { others, probing: served.probing });
    return { struck, after: struck };
  });
  await phase({ ...forge, ...after }, 'detection', 'waiting for the declared monitor', detection);
  if (forge.options.checkPreview) await phase(forge, 'preview', 'what an update would do', preview);
  await phase(forge, 'rebuild', 'up --refresh', async () => {
    for (const stack of lost) {
      await rebuild(stack);
      if (lost.indexOf(stack) < lost.indexOf(forge)) await waitsForForge(stack);
    }
  });
  await phase(forge, 'verify', 'clients, webhook, agent, second update', () =>
    struck ? verify(struck, lost, members) : verifyStacks(lost, members),
  );
  if (struck) await phase(struck, 'compare', 'everything seeded with what came back', compare);
  await phase(forge, 'compare services', 'every service: its writes, and its transaction', () =>
    compareServices(fleet, served, after.strike),
  );
  await destroy(forge, ...(beside ? [beside] : []));
}

/** A refusal has no moment of its own: nothing was lost at one. */
function faultReported({ record, options }: Drill, startedAt: Date): Report['fault'] {
  const kind = options.fault?.kind ?? record.fault?.kind;
  return kind === undefined ? null : { kind, at: (record.fault ? new Date(record.fault.at) : startedAt).toISOString() };
}

function reportOf(
  drill: Drill,
  startedAt: Date,
  { failure, inconclusive }: { failure: string | undefined; inconclusive: boolean },
): Report {
  const { record, engine, provider, options } = drill;
  const declaration = declarationOf(provider.stack);
  const objectives = declaration.objectives.forge;
  const { scope } = options;
  const share = sharesOf(drill);
  const figures = {
    rto: { ...record.rto, objectiveSeconds: forgeRtoObjective(declaration, scope) },
    rpo: record.rpo.map((entry) => ({ ...entry, objectiveSeconds: objectives.rpoSeconds })),
    ...(share && { share }),
  };
  // With a preview in the way, or where somebody else must act first, the time to recover is not what the fleet promises.
  const timed =
    !options.checkPreview &&
    (!scope || scope.loses.includes(scope.forge)) &&
    (options.fault?.timed ?? options.fault === undefined);
  const objective = objectiveChecks(figures).filter(({ name }) => timed || !name.startsWith('RTO'));
  const refuses = options.fault?.ends === 'refuses';
  const checks = [...record.checks, ...(record.fault && !refuses ? objective : [])];
  const interrupted = failure === 'interrupted' && drill.signal.aborted;
  return {
    stack: declaration.stack,
    engine: engine.label,
    cloud: provider.label,
    machine: machine(),
    options: {
      size: options.size,
      seed: options.seed,
      checkPreview: options.checkPreview,
      ...(options.upgradeFrom && { upgradeFrom: options.upgradeFrom }),
      ...(options.fault && { fault: options.fault.kind }),
      ...scope?.asked,
    },
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    fault: faultReported(drill, startedAt),
    phases: record.phases,
    ...(record.steps.list.length ? { steps: record.steps.list } : {}),
    ...figures,
    ...(record.services.length ? { services: record.services } : {}),
    writes: record.writes,
    ...(record.bytes === undefined ? {} : { bytes: record.bytes }),
    checks,
    standIns: [
      ...provider.standIns,
      ...(engine.name === 'embedded' ? ['Pulumi engine and providers: embedded engine'] : []),
    ],
    verdict: verdictOf({ checks, failure, interrupted, refuses, inconclusive }),
    ...(failure === undefined ? {} : { failure }),
  };
}
