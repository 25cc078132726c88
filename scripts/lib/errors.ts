/** Errors that a person can act on, and what a run's exit code says. */

/** Conventional exit codes of `fleet`. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** sysexits EX_UNAVAILABLE: this machine lacks something the command cannot do without. */
  unavailable: 69,
  /** sysexits EX_TEMPFAIL: nothing was found out; the same may succeed another time or elsewhere. */
  inconclusive: 75,
  interrupted: 130,
} as const;

/** One sentence of what went wrong and, as `hint`, what to do about it. Shown without a stack trace. */
export class UserError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
    this.name = 'UserError';
  }
}

/** The run was ended by Ctrl-C or a termination signal. */
export class Interrupted extends UserError {
  constructor() {
    super('interrupted', undefined, EXIT.interrupted);
    this.name = 'Interrupted';
  }
}

/** The machine did not let a run find out what it was for: that says nothing of the fleet. */
export class Inconclusive extends UserError {
  constructor(message: string) {
    super(message, undefined, EXIT.inconclusive);
    this.name = 'Inconclusive';
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** An error in one line; some have no message, only a code. */
export function sentenceOf(error: unknown): string {
  const [line] = messageOf(error).split('\n');
  return line || (error as { code?: string }).code || (error as Error).name || 'no reason was given';
}

/** Prints an error for a person and returns the exit code. FLEET_DEBUG=1 adds the stack. */
export function report(error: unknown): number {
  const debug = process.env.FLEET_DEBUG === '1' && error instanceof Error;
  process.stderr.write(`fleet: ${messageOf(error)}\n`);
  if (error instanceof UserError && error.hint) process.stderr.write(`       ${error.hint}\n`);
  if (debug) process.stderr.write(`${error.stack}\n`);
  else if (!(error instanceof UserError)) process.stderr.write('       Set FLEET_DEBUG=1 to see where it happened.\n');
  return error instanceof UserError ? error.exitCode : EXIT.failed;
}
