/** One script run on a machine over SSH: the only way the program does anything there. */
import { createHash } from 'node:crypto';
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Machine } from './machines/driver';

/** Where the scripts live on a host. */
export const SCRIPTS = '/usr/local/lib/fleet';

/** Known now, or once something is made. */
export type Text = string | pulumi.Output<string>;

export interface RemoteStepArgs {
  /** Script under host with plain arguments; never a secret, because a failing command prints its own text. */
  run: string[];
  /** What of `run` makes the step run again when it changes; all of it by default. */
  identity?: string[];
  /** The script's standard input, as JSON text; may hold secrets. */
  stdin?: Text;
  /** Whatever else must make the step run again on the same machine, as JSON text. */
  content?: Text;
  /** Upper bound, as a Go duration. */
  timeout: string;
}

/**
 * A remote command that runs again when the machine or its content changes, and only then.
 * It has no `delete`: a delete script would have to reach the dead host that is being replaced.
 */
export function remoteStep(
  name: string,
  machine: Machine,
  args: RemoteStepArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const { stdin, content = 'null', identity = args.run } = args;
  const digestOf = (content: string, stdin?: string) =>
    digest(`[${content},${JSON.stringify(identity)},${JSON.stringify(stdin ?? null)}]`);
  return new command.remote.Command(
    name,
    {
      connection: machine.connection,
      create: [`bash ${SCRIPTS}/${args.run[0]}`, ...args.run.slice(1)].join(' '),
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
    { ...opts, customTimeouts: { create: args.timeout, update: args.timeout }, transformations: [onlyGiven] },
  );
}

/** A text made of another one. What is known already becomes no output, for which the SDK would keep some twenty promises. */
function derived(from: Text, make: (text: string) => Text): Text {
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
