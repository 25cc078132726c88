/**
 * What the program believes about the world outside: addresses, names of files, prices, limits, scopes. Code reads such a thing from the
 * tables of this folder and nowhere else, so that each has one place with the source it was read in and the way to check it again.
 */
export interface Fact<T> {
  readonly value: T;
  /** Primary source that says so, with its version or address. */
  readonly source: string;
  /** Day on which somebody read it there (YYYY-MM-DD). */
  readonly checked: string;
  /** One command with which a user checks it from where they sit. */
  readonly check: string;
}
