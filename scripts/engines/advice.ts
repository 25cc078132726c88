/** What to do about errors that a provider words without saying so. */
import { rented } from '../../components/machines';

/** One sentence for each thing that can be done. */
export function advice(errors: string[]): string[] {
  return [...adviceOnKey(errors), ...adviceOnCreate(errors), ...adviceOnAddress(errors)];
}

/** What the errors of a form name, each once. */
const named = (errors: string[], form: RegExp): string[] => [
  ...new Set(errors.flatMap((error) => form.exec(error)?.[1] ?? [])),
];

/** A machine that was ordered and did not come up stays in the state and in the account. */
function adviceOnCreate(errors: string[]): string[] {
  const { noun, remove } = rented.words;
  return named(errors, rented.errors.machineNotUp).map(
    (id) =>
      `The ${noun} ${id} did not come up, and whatever served serves on. Delete it and run the same command again with --refresh, which makes another one: ${remove(id)}`,
  );
}

/** One that was deleted is told before the engine starts. */
function adviceOnAddress(errors: string[]): string[] {
  return named(errors, rented.errors.entranceNotFound).map(
    (address) =>
      `One answer said that the address ${address} is not there, though the account lists it: run the same command again`,
  );
}

function adviceOnKey(errors: string[]): string[] {
  return errors.some((error) => /host key/i.test(error) && !/fleet:hostPublicKey/.test(error))
    ? [
        'Nothing was sent to that host. Find out which machine answers there; if it is to be replaced, raise its fleet:rebuild value and run: fleet up --refresh',
      ]
    : [];
}
