/** What the official CLI and its providers say, as one sentence a person reads. Pure. */
import { readableUrn } from './engine';

/** Without colours (`<{%reset%}>`), the place in the provider's source, Terraform's list of one, and long URNs. */
export function wordsOf(message: string): string {
  return message
    .replace(/<\{%[^%]*%\}>/g, '')
    .replace(/^(error|warning): /, '')
    .replace(/^sdk-v2\/\S+: sdk\.\w+: /, '')
    .replace(/: provider=\w+@[\d.]+\s*$/, '')
    .replace(/urn:pulumi:\S+?(?=:? |:?$)/g, readableUrn)
    .replace(/:? *1 error occurred:\s*\* */g, ': ')
    .trim();
}

/** Each error once: a provider tells one as its own and again as the engine's, and the engine that something failed. */
export function distinct(errors: string[]): string[] {
  const told = errors.filter((error) => !/^(update|preview|refresh|destroy) failed$/.test(error));
  const once = told.filter(
    (error, index) =>
      !told.some((other, place) => place !== index && other.includes(error) && (other !== error || place < index)),
  );
  return once.length ? once : errors.slice(0, 1);
}
