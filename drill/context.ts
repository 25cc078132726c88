/** What every phase of a drill works with, what its first phases make, and the record that the report is made of. */
import type { StoreAccess } from '../components/store/client';
import type { Engine, RunResult } from '../scripts/engines/engine';
import { readableUrn, type EngineEvent } from '../scripts/engines/engine';
import type { Check, Report, ServiceFigures } from '../scripts/lib/drill-report';
import { Interrupted, UserError } from '../scripts/lib/errors';
import type { Progress } from '../scripts/lib/progress';
import type { StackRef } from '../scripts/lib/project';
import type { SshTarget } from '../components/ssh';
import type { Declaration, Host } from '../stacks';
import { required } from '../stacks/model/required';
import { servicesOf } from '../stacks/model/validate';
import type { CloudAccess, DrillCloud } from './clouds/cloud';
import type { Ends } from './ends';
import type { Fault } from './faults/fault';
import type { Forge } from './forge';
import type { MachineMeter } from './machine/meter';
import { shareWords, starved, WHOLE, type Share } from './machine/share';
import type { Scope } from './scope';
import type { Account } from './seed/account';
import type { Size } from './seed/plan';
import { StepTimes } from './steps';
import type { HookReceiver } from './webhook';
import type { Workspace } from './workspace';

export interface DrillOptions {
  size: Size;
  seed: number;
  keep: boolean;
  checkPreview: boolean;
  /** The stack is made by the program of this commit, or of the newest release, and updated by this one before its host dies. */
  upgradeFrom?: string | true;
  /** One fault on a clone of the saved stack, instead of the whole rehearsal. */
  fault?: Fault;
  /** Of a fault that is a table: only the rows whose words match. */
  row?: RegExp;
  /** More of the fleet than the forge. */
  scope?: Scope;
}

export interface Drill {
  readonly options: DrillOptions;
  readonly engine: Engine;
  readonly provider: DrillCloud;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly record: DrillRecord;
  readonly signal: AbortSignal;
  readonly ends: Ends;
  /** How much of this machine the drill has; absent where its hosts are elsewhere. */
  readonly meter?: MachineMeter;
}

/** With a cloud that runs. */
export interface OnCloud extends Drill {
  readonly cloud: CloudAccess;
}

/** With a stack that was made there. */
export interface Stack extends OnCloud {
  readonly declaration: Declaration;
  /** The host of the stack that dies, as it is declared. */
  readonly hostName: string;
  readonly stack: StackRef;
  /** SSH to that host, through the address its public name leads to. */
  readonly sshTarget: SshTarget;
}

/** With the forge that the stack runs. */
export interface ForgeStack extends Stack {
  readonly forge: Forge;
}

/** With the work that the forge holds, all of it in the store. */
export interface Seeded extends ForgeStack {
  readonly account: Account;
  /** A text that the forge holds and that the store must not hold in clear. */
  readonly marker: string;
  /** Absent where hosts cannot reach this machine. */
  readonly hooks?: HookReceiver;
}

/** The stacks of a drill, and those whose hosts die, in the order in which they are rebuilt. */
export interface Fleet {
  readonly forge: Seeded;
  readonly beside?: Stack;
  readonly members: Stack[];
  readonly lost: Stack[];
}

/** When a fault began, and from when on nothing sent could reach the old host. */
export interface Strike {
  kind: string;
  at: number;
  struckAt: number;
}

/** What the report is made of. */
export class DrillRecord {
  readonly phases: Report['phases'] = [];
  readonly checks: Check[] = [];
  /** Of the rebuild, however often the engine is run in it. */
  readonly steps = new StepTimes();
  fault: Strike | undefined;
  /** When the steady load began. */
  writingSince: number | undefined;
  rto: { fresh: number | null; cachedClient: number | null } = { fresh: null, cachedClient: null };
  rpo: Array<{ dataset: string; seconds: number | null }> = [];
  /** Data that the rebuilt hosts hold. */
  bytes: number | undefined;
  readonly services: ServiceFigures[] = [];
  writes: Report['writes'] = { acknowledged: 0, recovered: 0, lost: [], invented: 0, load: null, log: [] };

  check(name: string, ok: boolean, detail: string): void {
    this.checks.push({ name, ok, detail });
  }

  /** A check that holds where nothing speaks against it: says what does, after a word of introduction, or what is good. */
  none(name: string, wrong: readonly string[], good: string, introduction = ''): void {
    this.check(name, wrong.length === 0, wrong.length ? `${introduction}${wrong.join(', ')}` : good);
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

/** The host of a declaration that dies: the one with the forge, or the first. */
export const drilledHost = ({ hosts }: Declaration): Host =>
  required(hosts.find((one) => servicesOf(one).includes('gitea')) ?? hosts[0], 'a host in the declaration');

/** The host of a drill's stack that dies. */
export const hostOf = ({ declaration, hostName }: Pick<Stack, 'declaration' | 'hostName'>): Host =>
  required(
    declaration.hosts.find(({ name }) => name === hostName),
    `host ${hostName}`,
  );

/** The store of the drill's cloud, as its administrator. */
export function storeAdminOf({ cloud }: Pick<OnCloud, 'cloud'>): StoreAccess {
  const { endpoint, region, adminAccessKey, adminSecretKey } = cloud.store;
  return { endpoint, region, accessKey: adminAccessKey, secretKey: adminSecretKey };
}

/** Seconds in which the forge must be back. One that is rebuilt after another stack is held to what every service is held to. */
export const forgeRtoObjective = ({ objectives }: Declaration, scope: Scope | undefined): number =>
  (!scope || scope.loses[0] === scope.forge ? objectives.forge : objectives.service).rtoRebuildSeconds;

/** What the drill had of its machine between two moments; all of it where its hosts are elsewhere. */
export const shareOf = (drill: Pick<Drill, 'meter'>, from: number, to = Date.now()): Share =>
  drill.meter?.between(from, to) ?? WHOLE;

/** The shares that the figures of a drill are judged by; none without a fault, and where its hosts are elsewhere. */
export function sharesOf({ record, meter }: Drill): Report['share'] {
  const { fault, rto, phases, writingSince } = record;
  if (!fault || !meter) return undefined;
  const services = phases.find(({ name }) => name === 'services');
  const writing = services ? Date.parse(services.start) : (writingSince ?? fault.at);
  return {
    beforeFault: meter.between(writing, fault.at),
    sinceFault: meter.between(fault.at, rto.fresh === null ? Date.now() : fault.at + rto.fresh * 1000),
  };
}

/** Runs one phase: progress, time, and an end by Ctrl-C. */
export async function phase<D extends Drill, T>(
  drill: D,
  name: string,
  what: string,
  work: (drill: D) => Promise<T>,
): Promise<T> {
  if (drill.signal.aborted) throw new Interrupted();
  const start = new Date();
  drill.progress.begin(name, what);
  let stop: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new Interrupted());
    drill.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(drill), interrupted]);
  } finally {
    drill.signal.removeEventListener('abort', stop);
    drill.record.phases.push({ name, start: start.toISOString(), end: new Date().toISOString() });
  }
}

/** Runs an engine verb and follows it, noting its steps in `steps`; a failed run is an error that names what failed. */
export async function runEngine(
  drill: Drill & { stack: StackRef },
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
  const result = await drill.ends.hold(drill.engine[verb](drill.stack, { ...rest, onEvent, signal: drill.signal }));
  const { ok, steps: ran, summary } = result;
  workspace.log(JSON.stringify({ kind: 'run', verb, ok, steps: ran, summary }));
  if (!result.ok)
    throw new UserError(
      `${verb} failed: ${result.errors[0] ?? 'the engine gave no reason'}`,
      `Its events are in ${workspace.dir}/drill.log.`,
    );
  return result;
}

/** Steps in words, such as `create Droplet HOST`. */
export const stepWords = (steps: RunResult['steps']): string[] =>
  steps.map(({ op, urn }) => `${op} ${readableUrn(urn)}`);

/** Checks that an update of a stack that is in order has nothing to do. */
export async function changesNothing(drill: Stack, name: string): Promise<void> {
  const { steps } = await runEngine(drill, 'up');
  drill.record.none(name, stepWords(steps), 'no step');
}
