/** One script run on a machine over SSH: the only way the program does anything there. */
import { createHash } from 'node:crypto';
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Machine } from './machines/driver';
import { SCRIPTS, type Step } from './steps';

/** Known now, or once something is made. */
export type Known = string | pulumi.Output<string>;

/**
 * A remote command that runs again when the machine or its content changes, and only then.
 * It has no `delete`: a delete script would have to reach the dead host that is being replaced.
 */
export function remoteStep(
  { name, run, identity = run, timeout }: Step,
  machine: Machine,
  { stdin, content = 'null' }: { stdin?: Known; content?: Known },
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const digestOf = (content: string, stdin?: string) =>
    digest(`[${content},${JSON.stringify(identity)},${JSON.stringify(stdin ?? null)}]`);
  return new command.remote.Command(
    name,
    {
      connection: machine.connection,
      create: [`bash ${SCRIPTS}/${run[0]}`, ...run.slice(1)].join(' '),
      stdin,
      triggers: [
        machine.incarnation,
        derived(content, (content) =>
          stdin === undefined ? digestOf(content) : derived(stdin, (stdin) => digestOf(content, stdin)),
        ),
      ],
      addPreviousOutputInEnv: false,
      logging: command.remote.Logging.Stderr,
    },
    {
      ...opts,
      customTimeouts: { create: timeout, update: timeout },
      // How it ran is settled once it did: only its identity makes it run again.
      ignoreChanges: identity === run ? undefined : ['create'],
      transformations: [onlyGiven],
    },
  );
}

/** A text made of another one. What is known already becomes no output, for which the SDK would keep some twenty promises. */
function derived(from: Known, make: (text: string) => Known): Known {
  return typeof from === 'string' ? make(from) : (from.apply(make) as pulumi.Output<string>);
}

/**
 * Leaves out the properties that are not set, because the SDK keeps a dozen promises for each. What else of the resource is read
 * must be named: any other output of it is not there.
 */
export const givenAnd =
  (...read: string[]): pulumi.ResourceTransformation =>
  ({ props, opts }) => ({
    props: Object.fromEntries(
      Object.entries(props as Record<string, unknown>).filter(
        ([key, value]) => value !== undefined || read.includes(key),
      ),
    ),
    opts,
  });

/** The same for resources whose outputs nobody reads. */
export const onlyGiven = givenAnd();

/** First 16 hexadecimal digits of the SHA-256: enough to see a change, too little to guess a secret from. */
export const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
