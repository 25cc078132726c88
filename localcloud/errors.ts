/** A failure that a user can act on: one sentence that says what is wrong and what to do. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
}

/** The message of anything that was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
