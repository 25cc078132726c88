/** What must be there; an error that names it where it is not. */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`${what} is not there`);
  return value;
}
