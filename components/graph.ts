/** Draws steps as resources: a script is a remote command, a program a local one, and what a step waits for is an edge. */
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Machine } from './machines/driver';
import { onlyGiven, remoteStep, type Known } from './remote-step';
import { HOST_FOLDER, SCRIPTS, type Step, type Template, type Text } from './steps';
import { required } from '../stacks/model/required';

export interface GraphArgs {
  machine: Machine;
  /** Secrets of the stack by their keys. */
  secrets: Record<string, pulumi.Output<string>>;
  /** What runs just before the resource of a step is created, by the step's name. */
  hooks?: Record<string, pulumi.ResourceHook>;
  /** Makes the resources of steps of the kind `other`, by the step's name; a step without one is no resource of its own. */
  makers?: Record<string, (opts: pulumi.CustomResourceOptions) => pulumi.Resource[]>;
  /** The resource of another host's step. */
  elsewhere?: (step: string) => Promise<pulumi.Resource> | undefined;
}

export class Graph {
  private readonly made = new Map<string, pulumi.Resource[]>();
  private readonly parts = new Map<string, Part>();
  private readonly texts = new Map<Template, pulumi.Output<string>>();
  private readonly values: GraphArgs['secrets'];

  constructor(
    private readonly steps: Step[],
    private readonly args: GraphArgs,
    private readonly parent: pulumi.Resource,
  ) {
    const { machine, secrets } = args;
    this.values = { ...secrets, incarnation: machine.incarnation, address: machine.address };
    for (const step of steps) {
      const resources = this.draw(step);
      if (resources) this.made.set(step.name, resources);
    }
  }

  /** The resources of a step. */
  of(step: string): pulumi.Resource[] {
    const resources = this.made.get(step);
    if (!resources) throw new Error(`No resource was made for the step ${step}`);
    return resources;
  }

  /** The resources that a step waits for. */
  before(step: string): pulumi.Resource[] {
    const { after = [] } = this.steps.find(({ name }) => name === step) ?? {};
    return after.flatMap((name) => this.of(name));
  }

  private draw(step: Step): pulumi.Resource[] | undefined {
    const { machine, hooks = {}, makers = {} } = this.args;
    const hook = hooks[step.name];
    const opts = {
      parent: this.partOf(step),
      dependsOn: this.resourcesBefore(step),
      ...(hook ? { hooks: { beforeCreate: [hook] } } : {}),
    };
    if (step.kind === 'other') return makers[step.name]?.(opts);
    if (step.kind === 'copy') return [copied(step, machine, opts)];
    const texts = { stdin: this.known(step.stdin), content: this.known(step.content) };
    return [step.kind === 'script' ? remoteStep(step, machine, texts, opts) : localStep(step, machine, texts, opts)];
  }

  /** A list of promises, not a promise of a list: that one the SDK would look through, over and over, down to each resource's members. */
  private resourcesBefore({ after }: Step): Array<pulumi.Resource | Promise<pulumi.Resource>> {
    return after.flatMap<pulumi.Resource | Promise<pulumi.Resource>>(
      (name) => this.made.get(name) ?? this.args.elsewhere?.(name) ?? this.of(name),
    );
  }

  private partOf({ part }: Step): pulumi.Resource {
    if (!part) return this.parent;
    const key = `${part.type} ${part.name}`;
    const known = this.parts.get(key) ?? new Part(part.type, part.name, { parent: this.parent });
    this.parts.set(key, known);
    return known;
  }

  /** One output for all steps that share a template; what reads nothing becomes none. */
  private known(text: Text | undefined): Known | undefined {
    if (text === undefined || typeof text === 'string') return text;
    const { reads, make } = text;
    if (!reads.length) return make({});
    const known =
      this.texts.get(text) ??
      pulumi.secret(
        pulumi
          .all(Object.fromEntries(reads.map((key) => [key, required(this.values[key], `the value ${key}`)])))
          .apply(make),
      );
    this.texts.set(text, known);
    return known;
  }
}

/** Groups the resources of steps. */
class Part extends pulumi.ComponentResource {
  constructor(type: string, name: string, opts: pulumi.ComponentResourceOptions) {
    super(type, name, {}, opts);
    this.registerOutputs({});
  }
}

type Opts = pulumi.CustomResourceOptions;

function localStep(
  { name, kind, run, timeout }: Step,
  machine: Machine,
  texts: { stdin?: Known; content?: Known },
  opts: Opts,
) {
  const { stdin, content } = texts;
  return new command.local.Command(
    name,
    {
      // A hook does its work itself, so that its error leaves everything as it is; the resource records that it was done.
      ...(kind === 'hook' ? { create: 'true' } : { create: `node --import tsx ${run.join(' ')}`, stdin }),
      triggers: [machine.incarnation, ...(content === undefined ? [] : [content])],
      addPreviousOutputInEnv: false,
    },
    { ...opts, customTimeouts: { create: timeout, update: timeout }, transformations: [onlyGiven] },
  );
}

const copied = ({ name, timeout }: Step, machine: Machine, opts: Opts) =>
  new command.remote.CopyToRemote(
    name,
    {
      connection: machine.firstConnection,
      source: new pulumi.asset.FileArchive(HOST_FOLDER),
      remotePath: SCRIPTS,
      triggers: [machine.incarnation],
    },
    { ...opts, customTimeouts: { create: timeout, update: timeout } },
  );
