/** A run that looks at the account: what no engine can know of it is asked before, and what one wrong answer took out of the state is put back after. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../lib/errors';
import type { StackRef } from '../lib/project';
import { rented } from '../../components/machines';
import type { MachineAccount } from '../../components/machines/driver';
import { dropped, isOtherAccount, missingAddresses, putBack, withoutAssignments, type Listed } from './absence';
import type { Engine, Step } from './engine';
import type { ExportedState } from './pending';
import type { TokenEnvironment } from './tokens';

const PAUSES_MS = [500, 2000];

export interface Guarded {
  /** The stack to run on: for a preview of a state that had to be mended a copy. */
  stack: StackRef;
  /** Looks at what a run left that did these steps. Returns a sentence for each thing that is in the state again. */
  after(steps: Step[]): Promise<string[]>;
  end(): void;
}

/** Before a run that refreshes. Throws where the token is one of another account; says what it mended. */
export async function guarded(
  engine: Engine,
  stack: StackRef,
  tokens: TokenEnvironment,
  isPreview: boolean,
  say: (line: string) => void,
): Promise<Guarded> {
  const plain: Guarded = { stack, after: async () => [], end: () => undefined };
  if (tokens.configured?.includes(rented.provider) || !hasState(stack)) return plain;
  const account = rented.account(undefined, tokens.env);
  const [before, there] = await Promise.all([
    engine.exportState(stack) as Promise<ExportedState>,
    listed(account).catch(() => undefined),
  ]);
  // An API that does not answer is the engine's to tell.
  if (there && isOtherAccount(before, there))
    throw new UserError(
      await otherAccount(before, account),
      'Nothing was touched. Set it to a token of that account and run the same command again.',
    );
  const gone = there ? await provenGone(missingAddresses(before, there), account) : [];
  const after = async (steps: Step[]) => (isPreview ? [] : reclaim(engine, stack, before, steps, account));
  if (!gone.length) return { ...plain, after };
  say(`the address ${gone.join(', ')} was deleted in the account: another one is reserved, and the names follow it`);
  const copy = isPreview ? copyOf(stack) : stack;
  await engine.importState(copy, withoutAssignments(before, gone));
  return {
    stack: copy,
    after,
    end: () => (copy === stack ? undefined : rmSync(copy.backendDir, { recursive: true, force: true })),
  };
}

const stateDir = ({ backendDir }: StackRef): string => join(backendDir, '.pulumi');

const hasState = (stack: StackRef): boolean => existsSync(join(stateDir(stack), 'stacks'));

/** A backend of its own with nothing but the stacks as they are: a preview writes no state. */
function copyOf(stack: StackRef): StackRef {
  const backendDir = mkdtempSync(join(tmpdir(), 'fleet-preview-'));
  for (const part of ['meta.yaml', 'stacks'])
    cpSync(join(stateDir(stack), part), join(backendDir, '.pulumi', part), { recursive: true });
  return { ...stack, backendDir };
}

/** Ids of what the account has of what a stack always has. */
async function listed(account: MachineAccount): Promise<Listed> {
  const types = rented.state.always.map(async (type) => [type, await account.ids(type)] as const);
  return Object.fromEntries(await Promise.all(types));
}

/** Those that are not there each time they are asked for. */
async function provenGone(addresses: string[], account: MachineAccount): Promise<string[]> {
  let gone = addresses;
  for (const pause of [0, ...PAUSES_MS]) {
    if (!gone.length) break;
    await sleep(pause);
    const there = await Promise.all(gone.map((address) => account.has(rented.state.entrance, address)));
    gone = gone.filter((_, index) => !there[index]);
  }
  return gone;
}

async function otherAccount(state: ExportedState, account: MachineAccount): Promise<string> {
  const owner = await account.owner().catch(() => undefined);
  const [address] = missingAddresses(state, { [rented.state.entrance]: [] });
  return `${account.api.variable} is a token of another account (${owner ?? 'its name cannot be read'}): neither the ${account.words.noun}s nor the address ${address} nor the SSH key of the stack are in it.`;
}

/** A run that was refused changed nothing, and must leave nothing out of the state that is there. */
async function reclaim(
  engine: Engine,
  stack: StackRef,
  before: ExportedState,
  steps: Step[],
  account: MachineAccount,
): Promise<string[]> {
  const after = (await engine.exportState(stack)) as ExportedState;
  const lost = dropped(
    before,
    after,
    steps.filter(({ op }) => op !== 'refresh'),
  );
  const there = (
    await Promise.all(lost.map(async (one) => ((await account.has(one.type, one.id).catch(() => false)) ? [one] : [])))
  ).flat();
  if (!there.length) return [];
  await engine.importState(
    stack,
    putBack(
      before,
      after,
      there.map(({ urn }) => urn),
    ),
  );
  return there.map(
    ({ type, id }) =>
      `${type.split(':').pop()} ${id} is there, though one answer said that it was gone: it is in the state again. Run the same command once more`,
  );
}
