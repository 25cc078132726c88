/** Switches off what the SDK gathers for debugging, which takes most of a preview's time. */
import * as pulumi from '@pulumi/pulumi';

/** Node's own limit; another one was asked for (NODE_OPTIONS=--stack-trace-limit=20). */
const DEFAULT_LIMIT = 10;
/** These first calls say where a resource was declared. */
const CALLS = 6;

/** Changes globals of V8 and of the SDK. FLEET_DEBUG=1 leaves them alone: the program is not told of `pulumi up --debug`. */
export function untraced(): void {
  if (process.env.FLEET_DEBUG) return;
  // The SDK takes a stack trace of every promise, some sixty for a resource.
  if (Error.stackTraceLimit === DEFAULT_LIMIT) Error.stackTraceLimit = 0;
  // It sends a whole trace with each resource, which the runner maps back to TypeScript call by call. Unmapped ones name the same files and functions.
  Error.prepareStackTrace = (error, calls) =>
    [String(error), ...calls.slice(0, CALLS).map((call) => `    at ${String(call)}`)].join('\n');
  // It sends four debug messages for a resource, one after the other, and does not end before the last has arrived.
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
}
