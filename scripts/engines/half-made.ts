/** Machines that an update ordered and that did not come up: they are deleted, so that the same update can make others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rented } from '../../components/machines';
import type { MachineAccount } from '../../components/machines/driver';
import { sentenceOf } from '../lib/errors';
import type { StackRef } from '../lib/project';
import type { Engine, RunResult } from './engine';
import type { ExportedState } from './pending';
import type { TokenEnvironment } from './tokens';

/** One answer that a machine is not there proves nothing. */
const PAUSES_MS = [0, 500, 2000];

/** The account that the environment names; undefined where the token is in the stack's configuration, which the engine alone can read. */
export const accountIn = ({ env, configured }: TokenEnvironment): MachineAccount | undefined =>
  configured?.includes(rented.provider) ? undefined : rented.account(undefined, env);

/** A failed update, and where something that it ordered could be cleared away, one more: `run` has to refresh, which takes it out of the state. */
export async function onceMore(
  failed: RunResult,
  clear: () => Promise<string[]>,
  run: () => Promise<RunResult>,
  say: (line: string) => void,
): Promise<RunResult> {
  let cleared: string[];
  try {
    cleared = await clear();
  } catch (error) {
    return { ...failed, errors: [...failed.errors, sentenceOf(error)] };
  }
  if (!cleared.length) return failed;
  cleared.forEach(say);
  const second = await run();
  return {
    ...second,
    steps: [...failed.steps, ...second.steps],
    durationSeconds: failed.durationSeconds + second.durationSeconds,
  };
}

/**
 * Of the resources that the failed run ordered: a machine that ended in an error or never started is deleted in the account; one that the account
 * has no more is named. One that is active, that started and was stopped since, or that an address leads to is left alone. Returns a sentence for
 * each; empty where a second run would meet the same. Throws where the account refuses.
 */
export async function clearHalfMade(
  engine: Pick<Engine, 'exportState'>,
  stack: StackRef,
  ordered: string[],
  account: MachineAccount,
): Promise<string[]> {
  const { deployment } = (await engine.exportState(stack)) as ExportedState;
  const made = (deployment.resources ?? []).filter(
    ({ type, urn, id, delete: going }) =>
      type === rented.state.machine && id !== undefined && !going && ordered.includes(urn),
  );
  const said: string[] = [];
  for (const { id = '', urn, initErrors } of made) {
    const name = `${account.words.noun} ${id} (${urn.split('::').pop()})`;
    const status = await statusOf(account, id);
    if (status === undefined) said.push(`${name} is gone before it served: another one is made`);
    else if (status !== 'active' && initErrors?.length && !(await isLedTo(account, id))) {
      await account.remove(id);
      said.push(`${name} did not come up (its status is ${status}): it was deleted, and another one is made`);
    }
  }
  return said;
}

/** Status of a machine; undefined where the account says each time that it has none. */
async function statusOf(account: MachineAccount, id: string): Promise<string | undefined> {
  for (const pause of PAUSES_MS) {
    await sleep(pause);
    const found = await account.machine(id);
    if (found) return found.status;
  }
  return undefined;
}

const isLedTo = async (account: MachineAccount, id: string): Promise<boolean> =>
  Object.values(await account.entrances()).includes(id);
