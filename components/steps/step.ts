/** A step of a rebuild, as data. Resources, proofs, documents and the steps by hand are drawn from lists of them (`index.ts`). Pure. */
import type { ServicePlan } from '../../services';
import type { Declaration, Host } from '../../stacks';
import type { Settings } from '../../stacks/model/settings';
import { required } from '../../stacks/model/required';

/** Where the scripts live on a host. */
export const SCRIPTS = '/usr/local/lib/fleet';

/** What the steps are made for. */
export interface Subject {
  /** First part of the steps' names: the name of the host, or of its standby. */
  name: string;
  declaration: Declaration;
  host: Host;
  settings: Settings;
  plans: ServicePlan[];
}

/** What is known only during a rebuild: secrets of the stack by their keys, and `incarnation` and `address` of the new machine. */
export type Values = Record<string, string>;

/** Text with the keys of the values that it is made of. */
export interface Template {
  reads: string[];
  make: (values: Values) => string;
}

export type Text = string | Template;

/** A template of JSON text, which reads the values that it names. */
export const json = <Key extends string>(
  reads: readonly Key[],
  make: (values: Record<Key, string>) => unknown,
): Template => ({
  reads: [...reads],
  make: (values) => {
    assertAll(values, reads);
    return JSON.stringify(make(values));
  },
});

function assertAll<Key extends string>(
  values: Values,
  keys: readonly Key[],
): asserts values is Values & Record<Key, string> {
  for (const key of keys) required(values[key], `the value ${key}`);
}

export type Stage = 'preflight' | 'provision' | 'takeover' | 'critical' | 'cutover' | 'others' | 'protect';

export interface Step {
  /** Name of its resource. Other steps wait for it by this name. */
  name: string;
  stage: Stage;
  /** One clause for the documents. */
  does: string;
  /**
   * `script`: a script below host/, run on the machine. `program`: a program of this project, run on the operator's machine. `hook`: such a
   * program by hand; in an update a hook of the program does the same, and the resource records it. `copy`: host/ is copied to the machine.
   * `other`: whatever else the program makes.
   */
  kind: 'script' | 'program' | 'hook' | 'copy' | 'other';
  /** Script or program with plain arguments; never a secret, because a failing command prints its own text. */
  run: string[];
  /** What of `run` makes the step run again when it changes; all of it by default. */
  identity?: string[];
  /** Standard input, as JSON; may hold secrets. */
  stdin?: Text;
  /** Whatever else makes the step run again on the same machine. */
  content?: Text;
  /** Names of the steps that it waits for. */
  after: string[];
  /** Upper bound, as a Go duration. */
  timeout: string;
  /** Service that it belongs to. */
  service?: string;
  /** Component that its resource belongs to; the host's own by default. */
  part?: { type: string; name: string };
}

/** Names of steps that others wait for. */
export const named = (name: string) => ({
  storeKey: name,
  readerKey: `${name}-reader`,
  scripts: `${name}-scripts`,
  provision: `${name}-provision`,
  packages: `${name}-packages-others`,
  isolate: `${name}-isolate`,
  takeover: `${name}-takeover`,
  handover: `${name}-handover`,
  converge: `${name}-converge`,
  protect: `${name}-protect`,
  protectOthers: `${name}-protect-others`,
  discover: `${name}-discover`,
  of: (service: string, step: string) => `${name}-${service}-${step}`,
});

/** Names of services as scripts read them. */
export const namesOf = (plans: ServicePlan[]): string =>
  JSON.stringify({ services: plans.map(({ name }) => name).sort() });

/** Datasets of services: what is backed up runs anew when one changes. */
export const datasetsOf = (plans: ServicePlan[]): string => JSON.stringify(plans.map(({ dataset }) => dataset ?? null));
