/** The rehearsal: cloud, create, seed, fault, detection, rebuild, verify, compare, destroy; then the report. */
import { randomInt } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chosen } from '../scripts/engines/choose';
import { declarationOf } from '../scripts/init/init';
import { Inconclusive, messageOf } from '../scripts/lib/errors';
import { machine } from '../scripts/lib/machine';
import { Progress } from '../scripts/lib/progress';
import { servicesOf } from '../stacks/model/validate';
import type { DrillCloud } from './clouds/cloud';
import { EmbeddedCloud } from './clouds/embedded';
import { DrillRecord, forgeRtoObjective, losesForge, phase, sharesOf, type Drill, type DrillOptions } from './context';
import { MachineMeter } from './machine/meter';
import { createBeside } from './phases/beside';
import { compareServices, services } from './phases/services';
import { keepNotes } from './keep';
import { cloud } from './phases/cloud';
import { compare } from './phases/compare';
import { create } from './phases/create';
import { destroy } from './phases/destroy';
import { fault } from './phases/fault';
import { detection, preview, rebuild } from './phases/rebuild';
import { guard } from './phases/guard';
import { seed } from './phases/seed';
import { fromSaved } from './saved/saved';
import { verify } from './phases/verify';
import { reportSchema, type Report } from '../scripts/lib/drill-report';
import { objectiveChecks, verdictOf } from './report';
import { html } from './report-html/page';
import { markdown } from './report-markdown';
import { isRehearsal } from './report-words';
import { markLatest, openWorkspace } from './workspace';

/** After Ctrl-C an engine finishes the steps it is at; it is not given longer than this. */
const END_MS = 12_000;

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
  const declaration = declarationOf(provider.stack);
  const workspace = openWorkspace(startedAt, declaration.stack);
  const progress = new Progress(process.stderr, workspace.log);
  const host = declaration.hosts.find((one) => servicesOf(one).includes('gitea')) ?? declaration.hosts[0];
  const meter = isRehearsal({ cloud: provider.label }) ? new MachineMeter() : undefined;
  const drill: Drill = {
    meter,
    options,
    declaration,
    engine: chosen.engine,
    provider,
    workspace,
    progress,
    record: new DrillRecord(),
    signal,
    probes: new Map(),
    healed: new Map(),
    hostName: host.name,
  };
  progress.say(
    `drill${options.fault ? ` of ${options.fault.kind}` : ''} with the ${chosen.engine.label} (${chosen.reason}), size ${options.size}, seed ${options.seed}`,
  );
  let failure: string | undefined;
  let inconclusive = false;
  try {
    await phases(drill);
  } catch (error) {
    failure = signal.aborted ? 'interrupted' : messageOf(error);
    inconclusive = error instanceof Inconclusive;
    progress.say(`  ${failure}`);
    if (process.env.FLEET_DEBUG === '1' && error instanceof Error) progress.say(error.stack ?? '');
  }
  await cleanUp(drill).catch((error) => (failure ??= messageOf(error)));
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

async function phases(drill: Drill): Promise<void> {
  const { size, fault: broken, scope } = drill.options;
  if (broken) {
    await fromSaved(drill);
    return broken.run(drill);
  }
  await phase(drill, 'cloud', drill.provider.does.start, cloud);
  await phase(drill, 'create', 'a stack from nothing', create);
  await phase(drill, 'seed', `${size} forge: repositories, issues, LFS, wiki, users`, seed);
  if (scope?.beside)
    await phase(drill, 'beside', 'the stack beside the forge, from nothing', (one) => createBeside(one));
  if (scope) await phase(drill, 'services', 'every service works and is in the store', services);
  if (losesForge(drill)) await phase(drill, 'guard', 'the backups against the host’s own key', guard);
  await phase(drill, 'fault', 'writing until the host dies', fault);
  await phase(drill, 'detection', 'waiting for the declared monitor', detection);
  if (drill.options.checkPreview) await phase(drill, 'preview', 'what an update would do', preview);
  await phase(drill, 'rebuild', 'up --refresh', rebuild);
  await phase(drill, 'verify', 'clients, webhook, agent, second update', verify);
  if (losesForge(drill)) await phase(drill, 'compare', 'everything seeded with what came back', compare);
  if (scope) await phase(drill, 'compare services', 'every service: its writes, and its transaction', compareServices);
  if (!drill.options.keep) await phase(drill, 'destroy', 'the stack and the cloud', destroy);
}

/** Ends whatever still runs, also after a failure or Ctrl-C. */
async function cleanUp(drill: Drill): Promise<void> {
  const { progress, record, options } = drill;
  if (drill.signal.aborted)
    await Promise.race([
      Promise.all([drill.inFlight, drill.beside?.inFlight]),
      sleep(END_MS, undefined, { ref: false }),
    ]);
  void drill.load?.stop();
  drill.hooks?.close();
  await drill.clients?.stop();
  if (!drill.cloudTried) return;
  if (options.keep && !drill.signal.aborted) {
    keepNotes(drill);
    return;
  }
  progress.say(`  ${drill.provider.does.end}`);
  const ended = await drill.provider.end(drill);
  record.checks.push(ended);
  // Without its state a stack that is still there could only be found by its marks.
  if (ended.ok) rmSync(drill.workspace.stateDir, { recursive: true, force: true });
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
  const { record, declaration, engine, provider, options } = drill;
  const objectives = declaration.objectives.forge;
  const { scope } = options;
  const share = sharesOf(drill);
  const figures = {
    rto: { ...record.rto, objectiveSeconds: forgeRtoObjective(drill) },
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
