import { AssetHasher } from '../assets';
import { EngineError } from '../errors';
import { ProviderRegistry } from '../providers/registry';
import { Call } from '../providers/types';
import { Config } from '../project';
import { Reporter } from '../reporter';
import { Snapshot } from '../state/snapshot';
import { ResourceState, Timeouts } from '../state/types';
import { parseUrn } from '../urn';
import { PropertyMap } from '../values';
import { Goal } from './goal';
import { HookRegistry } from './hooks';
import { Limiter, Mutex } from './limiter';

export interface DeploymentOptions {
  project: string;
  stack: string;
  root: string;
  preview: boolean;
  parallel: number;
  config: Config;
  reporter: Reporter;
  snapshot: Snapshot;
  registry: ProviderRegistry;
  cancel: AbortSignal;
}

export type Operation = 'same' | 'create' | 'update' | 'replace';

/** What a run knows about itself; the functions beside this file work on it. */
export class Deployment {
  readonly hooks: HookRegistry;
  readonly assets: AssetHasher;
  /** Registrations are decided one after another. */
  readonly planning = new Mutex();
  /** Steps run side by side. */
  readonly stepping: Limiter;
  /** Goals of this run by URN. */
  readonly goals = new Map<string, Goal>();
  /** States of this run by URN. */
  readonly news = new Map<string, ResourceState>();
  /** What was decided for a URN. */
  readonly operations = new Map<string, Operation>();
  /** URNs that are deleted in this run, perhaps to be made again. */
  readonly deletes = new Set<string>();
  /** Old states whose deletion was decided before the delete phase. */
  readonly eagerlyDeleted = new Set<ResourceState>();
  /** Former URN → present one, and the other way round. */
  readonly aliased = new Map<string, string>();
  readonly formerUrns = new Map<string, string>();
  stackUrn = '';
  stackOutputs: PropertyMap | undefined;
  private stopped = false;
  private announceHalt: () => void = () => undefined;
  /** Resolves when no further step may start. */
  readonly whenHalted = new Promise<void>((resolve) => {
    this.announceHalt = resolve;
  });

  constructor(readonly options: DeploymentOptions) {
    this.hooks = new HookRegistry(options.reporter, options.preview);
    this.assets = new AssetHasher(options.root);
    this.stepping = new Limiter(options.parallel);
  }

  get preview(): boolean {
    return this.options.preview;
  }

  get reporter(): Reporter {
    return this.options.reporter;
  }

  get snapshot(): Snapshot {
    return this.options.snapshot;
  }

  /** The live old state of a URN. */
  old(urn: string): ResourceState | undefined {
    return this.snapshot.base.find((resource) => resource.urn === urn && !resource.delete && !resource.external);
  }

  /** Whether no further step may start. */
  get halted(): boolean {
    return this.stopped || this.options.cancel.aborted;
  }

  /** Lets no further step start; running ones finish. */
  halt(): void {
    this.stopped = true;
    this.announceHalt();
  }

  /** Reports an error that ends the run. */
  fail(message: string, urn?: string): void {
    this.halt();
    this.reporter.error(message, urn);
  }

  /** What a provider is told about an operation, with its time limit. */
  call(resource: Pick<ResourceState, 'urn' | 'type' | 'customTimeouts'>, operation?: keyof Timeouts): Call {
    const { urn, type, customTimeouts } = resource;
    const seconds = operation === undefined ? undefined : customTimeouts[operation];
    const { snapshot } = this;
    let signal: AbortSignal | undefined;
    const limited = (): AbortSignal => (signal ??= this.signalFor(seconds, operation));
    return {
      urn,
      name: parseUrn(urn).name,
      preview: this.preview,
      // A preview never asks for it: a clock for each resource would be a good part of its time.
      get signal() {
        return limited();
      },
      // Only the few that adopt what a killed run made ask for it; for each resource it would be work with all of them.
      get owned() {
        return new Set(
          snapshot.resources().flatMap((each) => (each.type === type && each.id !== undefined ? [each.id] : [])),
        );
      },
      log: (severity, message) => this.reporter.diagnostic(severity, message, urn),
    };
  }

  private signalFor(seconds: number | undefined, operation: keyof Timeouts | undefined): AbortSignal {
    const { cancel } = this.options;
    if (seconds === undefined) return cancel;
    const controller = new AbortController();
    setTimeout(
      () => controller.abort(new EngineError(`not done within ${seconds} s (customTimeouts.${String(operation)})`)),
      seconds * 1000,
    ).unref();
    return AbortSignal.any([cancel, controller.signal]);
  }
}
