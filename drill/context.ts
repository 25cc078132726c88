/** What the phases of a drill share, and the record they write into. */
import type { StoreAccess } from '../components/store/client';
import type { Declaration, Host } from '../stacks';
import type { Engine, RunResult } from '../scripts/engines/engine';
import { readableUrn, type EngineEvent } from '../scripts/engines/engine';
import { Interrupted, UserError } from '../scripts/lib/errors';
import type { Progress } from '../scripts/lib/progress';
import type { StackRef } from '../scripts/lib/project';
import type { SshTarget } from '../components/ssh';
import type { Clients } from './clients';
import type { CloudAccess, DrillCloud } from './clouds/cloud';
import type { Fault } from './faults/fault';
import type { Forge } from './forge';
import type { Load } from './load/load';
import type { MachineMeter } from './machine/meter';
import { shareWords, starved, WHOLE, type Share } from './machine/share';
import type { Check, Report, ServiceFigures } from '../scripts/lib/drill-report';
import type { Scope } from './scope';
import type { Probing } from './services/probing';
import type { Account } from './seed/account';
import type { Size } from './seed/plan';
import type { HookReceiver } from './webhook';
import { StepTimes } from './steps';
import type { Workspace } from './workspace';

export interface DrillOptions {
  size: Size;
  seed: number;
  keep: boolean;
  checkPreview: boolean;
  /** One fault on a clone of the saved stack, instead of the whole rehearsal. */
  fault?: Fault;
  /** Of a fault that is a table: only the rows whose words match. */
  row?: RegExp;
  /** More of the fleet than the forge. */
  scope?: Scope;
}

/** Filled in by the phases, in their order. */
export interface Drill {
  readonly options: DrillOptions;
  readonly declaration: Declaration;
  readonly engine: Engine;
  readonly provider: DrillCloud;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly record: DrillRecord;
  readonly signal: AbortSignal;
  /** Whether the start of the cloud was tried: then it is stopped at the end, whatever became of it. */
  cloudTried?: boolean;
  cloud?: CloudAccess;
  stack?: StackRef;
  /** Folder of the program, where it is not the working copy's. */
  program?: string;
  /** Whether the engine has taken the stack down. */
  destroyed?: boolean;
  forge?: Forge;
  /** SSH to the host that runs the forge, through the address its public name leads to. */
  sshTarget?: SshTarget;
  /** Machines of its stack that wait beside its hosts. */
  standbys?: number;
  /** Name of that host in the declaration. */
  hostName: string;
  account?: Account;
  /** A text that the forge holds and that the store must not hold in clear. */
  marker?: string;
  hooks?: HookReceiver;
  removeHookName?: () => Promise<void>;
  load?: Load;
  clients?: Clients;
  /** What is under way and must not be cut off in the middle: after Ctrl-C it gets a moment to end on its own. */
  inFlight?: Promise<unknown>;
  /** When the monitor declared the host dead. */
  detected?: Promise<number>;
  /** A stack beside this one, on the same cloud, in the same record. */
  beside?: Drill;
  /** Moments of the acknowledged writes to the services of its host, by `service/part`. */
  readonly probes: Map<string, number[]>;
  /** Seconds until a service of its host that was killed was up again by itself. */
  healed: Map<string, number>;
  /** Who makes those writes, until the fault. */
  probing?: Probing;
  /** How much of this machine the drill has; absent where its hosts are elsewhere. */
  readonly meter?: MachineMeter;
}

/** What the report is made of. */
export class DrillRecord {
  readonly phases: Report['phases'] = [];
  readonly checks: Check[] = [];
  /** Of the rebuild, however often the engine is run in it. */
  readonly steps = new StepTimes();
  /** When it began, and from when on nothing sent could reach the old host. */
  fault: { kind: string; at: number; struckAt: number } | undefined;
  /** How often the monitor declared a host dead before the fault. */
  falseAlarms = 0;
  rto: { fresh: number | null; cachedClient: number | null } = { fresh: null, cachedClient: null };
  rpo: Array<{ dataset: string; seconds: number | null }> = [];
  /** Data that the rebuilt hosts hold. */
  bytes: number | undefined;
  readonly services: ServiceFigures[] = [];
  writes: Report['writes'] = { acknowledged: 0, recovered: 0, lost: [], invented: 0, load: null, log: [] };

  check(name: string, ok: boolean, detail: string): void {
    this.checks.push({ name, ok, detail });
  }

  /** A check that a starved machine fails as well as a broken fleet. */
  checkUnlessStarved(name: string, ok: boolean, detail: string, share: Share): void {
    this.checks.push(
      !ok && starved(share)
        ? { name, ok, inconclusive: true, detail: `${detail}; ${shareWords(share)}` }
        : { name, ok, detail },
    );
  }
}

/** The value of something that an earlier phase must have set. */
export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not there yet: a phase runs out of order`);
  return value;
}

/** The stacks of a drill: that of the forge first. */
export const membersOf = (drill: Drill): Drill[] => [drill, ...(drill.beside ? [drill.beside] : [])];

/** Those whose hosts die, in the order in which they are rebuilt. */
export function lostOf(drill: Drill): Drill[] {
  const { scope } = drill.options;
  return scope
    ? scope.loses.map((stack) =>
        need(
          membersOf(drill).find((member) => member.declaration.stack === stack),
          `the stack ${stack}`,
        ),
      )
    : [drill];
}

/** The host of a drill's stack that dies. */
export const hostOf = (drill: Drill): Host =>
  need(
    drill.declaration.hosts.find(({ name }) => name === drill.hostName),
    'the host',
  );

/** Whether the forge is among what dies: then it is written to, watched and compared. */
export const losesForge = (drill: Drill): boolean => lostOf(drill).includes(drill);

/** The store of the drill's cloud, as its administrator. */
export function storeAdminOf(drill: Pick<Drill, 'cloud'>): StoreAccess {
  const { endpoint, region, adminAccessKey, adminSecretKey } = need(drill.cloud, 'the cloud').store;
  return { endpoint, region, accessKey: adminAccessKey, secretKey: adminSecretKey };
}

/** Seconds in which the forge must be back. One that is rebuilt after another stack is held to what every service is held to. */
export const forgeRtoObjective = ({ declaration: { objectives }, options: { scope } }: Drill): number =>
  (!scope || scope.loses[0] === scope.forge ? objectives.forge : objectives.service).rtoRebuildSeconds;

/** What the drill had of its machine between two moments; all of it where its hosts are elsewhere. */
export const shareOf = (drill: Pick<Drill, 'meter'>, from: number, to = Date.now()): Share =>
  drill.meter?.between(from, to) ?? WHOLE;

/** The shares that the figures of a drill are judged by; none without a fault, and where its hosts are elsewhere. */
export function sharesOf({ record, meter, load }: Drill): Report['share'] {
  const { fault, rto, phases } = record;
  if (!fault || !meter) return undefined;
  const services = phases.find(({ name }) => name === 'services');
  const writing = services ? Date.parse(services.start) : (load?.startedAt ?? fault.at);
  return {
    beforeFault: meter.between(writing, fault.at),
    sinceFault: meter.between(fault.at, rto.fresh === null ? Date.now() : fault.at + rto.fresh * 1000),
  };
}

/** Runs one phase: progress, time, and an end by Ctrl-C. */
export async function phase(
  drill: Drill,
  name: string,
  what: string,
  work: (drill: Drill) => Promise<void>,
): Promise<void> {
  if (drill.signal.aborted) throw new Interrupted();
  const start = new Date();
  drill.progress.begin(name, what);
  let stop: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new Interrupted());
    drill.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([work(drill), interrupted]);
  } finally {
    drill.signal.removeEventListener('abort', stop);
    drill.record.phases.push({ name, start: start.toISOString(), end: new Date().toISOString() });
  }
}

/** Runs an engine verb and follows it, noting its steps in `steps`; a failed run is an error that names what failed. */
export async function runEngine(
  drill: Drill,
  verb: 'up' | 'preview' | 'destroy',
  options: { refresh?: boolean; steps?: StepTimes; onEvent?: (event: EngineEvent) => void } = {},
): Promise<RunResult> {
  const { progress, workspace } = drill;
  const { steps, onEvent: also, ...rest } = options;
  const onEvent = (event: EngineEvent) => {
    also?.(event);
    workspace.log(JSON.stringify(event));
    steps?.observe(event);
    drill.provider.follow(event);
    if (event.kind === 'step-start') progress.waiting(`${event.op} ${readableUrn(event.urn)}`);
    if (event.kind === 'diagnostic' && event.severity === 'error')
      progress.say(`error: ${event.message.split('\n')[0]}`);
  };
  const run = drill.engine[verb](need(drill.stack, 'the stack'), { ...rest, onEvent, signal: drill.signal });
  drill.inFlight = run.catch(() => undefined);
  const result = await run;
  const { ok, steps: ran, summary } = result;
  workspace.log(JSON.stringify({ kind: 'run', verb, ok, steps: ran, summary }));
  if (!result.ok)
    throw new UserError(
      `${verb} failed: ${result.errors[0] ?? 'the engine gave no reason'}`,
      `Its events are in ${workspace.dir}/drill.log.`,
    );
  return result;
}
