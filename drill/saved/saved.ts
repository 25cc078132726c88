/** One seeded stack, made once and kept in the cache; every fault starts from a copy-on-write clone of it. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declarationOf } from '../../scripts/init/init';
import { cacheDir } from '../../scripts/lib/project';
import { phase, type Drill, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { Ends } from '../ends';
import { settled } from '../faults/steps';
import { keepNote } from '../keep';
import { cloud } from '../phases/cloud';
import { create, openForge, stackRef } from '../phases/create';
import { receiveHooks, seed } from '../phases/seed';
import { settingsFile } from '../settings';
import { savedKey } from './key';
import { accountOf, notesOfAccount, type Notes } from './notes';

/** What the saved forge holds is the same for every drill; a drill's own seed says when its fault strikes. */
const SAVED_SEED = 1;

const savedDir = () => join(cacheDir(), 'saved');

interface Saved {
  dir: string;
  /** For the embedded cloud. */
  cloud: string;
  /** State backend, stack file, notes: what the drill keeps. */
  state: string;
  config: string;
  notes: string;
}

const savedAt = (key: string): Saved => {
  const dir = join(savedDir(), key);
  return {
    dir,
    cloud: join(dir, 'cloud'),
    state: join(dir, 'state'),
    config: join(dir, 'Pulumi.drill.yaml'),
    notes: join(dir, 'drill.json'),
  };
};

/** Phases `cloud` to `save` where no saved stack fits, then `clone`: the stack runs as it did when it was seeded. */
export async function cloneOfSaved(drill: Drill): Promise<Seeded> {
  const { isSavedCloud } = await import('../../localcloud/index');
  const saved = savedAt(savedKey({ size: drill.options.size, engine: drill.engine.label }));
  // The notes are written last, so that they are there only with all the rest.
  if (!existsSync(saved.notes) || !isSavedCloud(saved.cloud)) await make(drill, saved);
  return phase(drill, 'clone', 'a copy of the saved stack', (one) => clone(one, saved));
}

async function make(drill: Drill, saved: Saved): Promise<void> {
  const seeding = { ...drill, options: { ...drill.options, seed: SAVED_SEED, keep: false }, ends: new Ends() };
  try {
    const running = await phase(
      seeding,
      'cloud',
      'starting the embedded cloud, to make the stack that all faults start from',
      (one) => cloud(one),
    );
    const stack = await phase(running, 'create', 'a stack from nothing', create);
    const seeded = await phase(
      stack,
      'seed',
      `${drill.options.size} forge: repositories, issues, LFS, wiki, users`,
      seed,
    );
    await phase(seeded, 'save', 'the stack as it is now', (one) => save(one, saved));
  } finally {
    await seeding.ends.run();
  }
}

async function save({ ends, workspace, stack, marker, hooks, account }: Seeded, saved: Saved): Promise<void> {
  const { saveCloud } = await import('../../localcloud/index');
  // Older ones fit no source any more.
  rmSync(savedDir(), { recursive: true, force: true });
  mkdirSync(saved.dir, { recursive: true, mode: 0o700 });
  await ends.hold(saveCloud(saved.cloud));
  cpSync(workspace.stateDir, saved.state, { recursive: true });
  cpSync(stack.configFile, saved.config);
  const hook = new URL(required(hooks, 'the webhook receiver').url);
  const notes: Notes = {
    passphrase: stack.passphrase,
    marker,
    hook: { name: hook.hostname, port: Number(hook.port) },
    account: notesOfAccount(account),
  };
  writeFileSync(saved.notes, JSON.stringify(notes), { mode: 0o600 });
}

async function clone(drill: Drill, saved: Saved): Promise<Seeded> {
  const running = await cloud(drill, saved.cloud);
  const { workspace } = drill;
  const { passphrase, marker, hook, account } = JSON.parse(readFileSync(saved.notes, 'utf8')) as Notes;
  const declaration = declarationOf(drill.provider.stack);
  const stack = stackRef(running, declaration, passphrase);
  rmSync(workspace.stateDir, { recursive: true, force: true });
  cpSync(saved.state, workspace.stateDir, { recursive: true });
  cpSync(saved.config, stack.configFile);
  keepNote(drill, stack);
  const forge = await openForge(running, declaration, stack, await settingsFile({ stack }));
  const hooks = await receiveHooks(drill, running.cloud.nameserver, hook.name, hook.port);
  const seeded = { ...forge, account: accountOf(account), marker, hooks };
  await settled(seeded);
  return seeded;
}
