/** An error that is meant to be read by a person: one sentence, and what to do about it. */
export class EngineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineError';
  }
}

/** The run was interrupted (SIGINT, SIGTERM or the caller's signal). */
export class CancelledError extends EngineError {
  constructor() {
    super('cancelled before it was finished');
    this.name = 'CancelledError';
  }
}

/**
 * The resource exists, but is not as it should be. What is known of it must reach the state,
 * otherwise nobody would ever find it again.
 */
export class PartialFailure extends EngineError {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Record<string, unknown>,
  ) {
    super(message);
    this.name = 'PartialFailure';
  }
}

/** The text of anything that was thrown, without a stack trace. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === '' ? 'unknown error' : text;
}
