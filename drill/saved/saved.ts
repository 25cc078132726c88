/** One seeded stack, made once and kept in the cache; every fault starts from a copy-on-write clone of it. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { cloudEnvironment } from '../../scripts/lib/cloud-environment';
import { freshResolver } from '../../scripts/lib/http';
import { cacheDir, projectDir } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';
import { need, phase, type Drill } from '../context';
import { nameRemover } from '../hook-name';
import { EmbeddedCloud } from '../clouds/embedded';
import { cloud } from '../phases/cloud';
import { create } from '../phases/create';
import { seed } from '../phases/seed';
import { HookReceiver } from '../webhook';
import { whole } from '../faults/steps';
import { savedKey } from './key';
import { authorityOf } from '../authority';
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

/** Phases `cloud` to `save` where no saved stack fits, then `clone`: afterwards the drill's stack runs as it was when it was seeded. */
export async function fromSaved(drill: Drill): Promise<void> {
  const { isSavedCloud } = await import('../../localcloud/index');
  const saved = savedAt(savedKey({ size: drill.options.size, engine: drill.engine.label }));
  // The notes are written last, so that they are there only with all the rest.
  if (!existsSync(saved.notes) || !isSavedCloud(saved.cloud)) await make(drill, saved);
  await phase(drill, 'clone', 'a copy of the saved stack', (one) => clone(one, saved));
}

async function make(drill: Drill, saved: Saved): Promise<void> {
  const seeding: Drill = { ...drill, options: { ...drill.options, seed: SAVED_SEED } };
  try {
    await phase(seeding, 'cloud', 'starting the embedded cloud, to make the stack that all faults start from', cloud);
    await phase(seeding, 'create', 'a stack from nothing', create);
    await phase(seeding, 'seed', `${drill.options.size} forge: repositories, issues, LFS, wiki, users`, seed);
    await phase(seeding, 'save', 'the stack as it is now', (one) => save(one, saved));
  } finally {
    seeding.hooks?.close();
    drill.cloudTried = seeding.cloudTried;
    drill.inFlight = seeding.inFlight;
  }
}

async function save(drill: Drill, saved: Saved): Promise<void> {
  const { saveCloud } = await import('../../localcloud/index');
  // Older ones fit no source any more.
  for (const other of existsSync(savedDir()) ? readdirSync(savedDir()) : [])
    rmSync(join(savedDir(), other), { recursive: true, force: true });
  mkdirSync(saved.dir, { recursive: true, mode: 0o700 });
  const saving = saveCloud(saved.cloud);
  drill.inFlight = saving.catch(() => undefined);
  await saving;
  cpSync(drill.workspace.stateDir, saved.state, { recursive: true });
  cpSync(drill.workspace.configFile, saved.config);
  const forge = need(drill.forge, 'the forge');
  const hook = new URL(need(drill.hooks, 'the webhook receiver').url);
  const notes: Notes = {
    passphrase: need(drill.stack, 'the stack').passphrase,
    address: need(drill.sshTarget, 'the address').host,
    baseUrl: forge.baseUrl,
    admin: forge.admin,
    marker: need(drill.marker, 'the marker'),
    hook: { name: hook.hostname, port: Number(hook.port) },
    account: notesOfAccount(need(drill.account, 'the account')),
  };
  writeFileSync(saved.notes, JSON.stringify(notes), { mode: 0o600 });
}

async function clone(drill: Drill, saved: Saved): Promise<void> {
  if (!(drill.provider instanceof EmbeddedCloud)) throw new Error('only the embedded cloud can be cloned');
  const endpoints = (drill.cloud = await drill.provider.start(drill, saved.cloud));
  const { stateDir, configFile, workDir } = drill.workspace;
  rmSync(stateDir, { recursive: true, force: true });
  cpSync(saved.state, stateDir, { recursive: true });
  cpSync(saved.config, configFile);
  const notes = JSON.parse(readFileSync(saved.notes, 'utf8')) as Notes;
  const { stack } = drill.declaration;
  drill.stack = {
    projectDir,
    stack,
    configFile,
    backendDir: stateDir,
    passphrase: notes.passphrase,
    env: cloudEnvironment(endpoints),
  };
  const file = await StackFile.open(configFile, notes.passphrase);
  drill.sshTarget = {
    host: notes.address,
    privateKey: file.text(`${NAMESPACE}:deployPrivateKey`),
    hostKey: file.text(`${NAMESPACE}:${hostPublicKey(drill.hostName)}`),
  };
  drill.forge = {
    baseUrl: notes.baseUrl,
    admin: notes.admin,
    ca: await authorityOf(drill),
    resolve: freshResolver(endpoints.nameserver),
    workDir,
  };
  drill.account = accountOf(notes.account);
  drill.marker = notes.marker;
  drill.hooks = await HookReceiver.listen(endpoints.nameserver, notes.hook.name, notes.hook.port);
  drill.removeHookName = nameRemover(endpoints, notes.hook.name);
  await whole(drill);
}
