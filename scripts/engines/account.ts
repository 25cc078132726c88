/** A run that looks at the account: what no engine can know of it is asked before, and what one wrong answer took out of the state is put back after. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../lib/errors';
import type { StackRef } from '../lib/project';
import {
  ADDRESS,
  dropped,
  isOtherAccount,
  missingAddresses,
  putBack,
  withoutAssignments,
  type Listed,
} from './absence';
import type { Engine, Step } from './engine';
import { lookupIn, type ExportedState, type Lookup } from './pending';
import type { TokenEnvironment } from './tokens';

/** Path and field of the list of each type, and of one of it by its id. */
const PATHS: Record<string, { list: string; field: string }> = {
  'digitalocean:index/droplet:Droplet': { list: '/v2/droplets', field: 'droplets' },
  [ADDRESS]: { list: '/v2/reserved_ips', field: 'reserved_ips' },
  'digitalocean:index/sshKey:SshKey': { list: '/v2/account/keys', field: 'ssh_keys' },
};
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
  if (tokens.configured?.includes('DigitalOcean') || !hasState(stack)) return plain;
  const lookup = lookupIn(tokens.env);
  const [before, listed] = await Promise.all([
    engine.exportState(stack) as Promise<ExportedState>,
    lists(lookup).catch(() => undefined),
  ]);
  // An API that does not answer is the engine's to tell.
  if (listed && isOtherAccount(before, listed))
    throw new UserError(
      await otherAccount(before, lookup),
      'Nothing was touched. Set it to a token of that account and run the same command again.',
    );
  const gone = listed ? await provenGone(missingAddresses(before, listed), lookup) : [];
  const after = async (steps: Step[]) => (isPreview ? [] : reclaim(engine, stack, before, steps, lookup));
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

/** Ids of everything that the account lists. */
async function lists(lookup: Lookup): Promise<Listed> {
  return Object.fromEntries(
    await Promise.all(
      Object.entries(PATHS).map(async ([type, { list, field }]) => {
        const found = await lookup('digitalocean', `${list}?per_page=200`);
        return [type, found[field].map(({ id, ip }: { id?: number; ip?: string }) => String(ip ?? id))] as const;
      }),
    ),
  );
}

const exists = async (lookup: Lookup, type: string, id: string): Promise<boolean> =>
  (await lookup('digitalocean', `${PATHS[type].list}/${id}`)) !== undefined;

/** Those that are not there each time they are asked for. */
async function provenGone(addresses: string[], lookup: Lookup): Promise<string[]> {
  let gone = addresses;
  for (const pause of [0, ...PAUSES_MS]) {
    if (!gone.length) break;
    await sleep(pause);
    const there = await Promise.all(gone.map((address) => exists(lookup, ADDRESS, address)));
    gone = gone.filter((_, index) => !there[index]);
  }
  return gone;
}

async function otherAccount(state: ExportedState, lookup: Lookup): Promise<string> {
  const found = await lookup('digitalocean', '/v2/account').catch(() => undefined);
  const [address] = missingAddresses(state, { [ADDRESS]: [] });
  return `DIGITALOCEAN_TOKEN is a token of another account (${found?.account?.email ?? 'its name cannot be read'}): neither the droplets nor the address ${address} nor the SSH key of the stack are in it.`;
}

/** A run that was refused changed nothing, and must leave nothing out of the state that is there. */
async function reclaim(
  engine: Engine,
  stack: StackRef,
  before: ExportedState,
  steps: Step[],
  lookup: Lookup,
): Promise<string[]> {
  const after = (await engine.exportState(stack)) as ExportedState;
  const lost = dropped(
    before,
    after,
    steps.filter(({ op }) => op !== 'refresh'),
  );
  const there = (
    await Promise.all(
      lost.map(async (one) => ((await exists(lookup, one.type, one.id).catch(() => false)) ? [one] : [])),
    )
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
