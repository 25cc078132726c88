/** Fills the forge and waits until the store holds it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Heartbeat } from '../../components/store/heartbeats';
import type { Drill, ForgeStack, Seeded } from '../context';
import { datasetOf, type DatasetName } from '../seed/facts';
import { declarationOf } from '../../scripts/init/init';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { planSeed } from '../seed/plan';
import { samplesOf } from '../seed/samples';
import { seedForge } from '../seed/seed';
import { writeMarker } from '../marker';
import { addName } from '../hook-name';
import { settingsFile } from '../settings';
import { heartbeat } from '../store';
import { HookReceiver } from '../webhook';

/** A bound against waiting for ever. */
const CATCH_UP_MS = 600_000;
/** The store may note a write a moment before the client hears of it. */
const SLACK_MS = 2000;

/** Fills the forge with all that its own stack and one beside it run from, and with work. */
export async function seed(drill: ForgeStack): Promise<Seeded> {
  const { options, forge, provider } = drill;
  const settings = settingsOf(await settingsFile(drill), drill.declaration);
  const beside = options.scope?.beside;
  const samples = samplesOf([drill.declaration, ...(beside ? [declarationOf(beside)] : [])], settings);
  const plan = planSeed({ ...options, forge: drill.declaration.forge, samples });
  const place = provider.hooks();
  const hooks = place && (await receiveHooks(drill, place.listen, await addName(drill, place.label, place.address)));
  const account = await seedForge(forge, plan, {
    hookUrl: hooks?.url,
    onProgress: (note) => drill.progress.waiting(note),
  });
  const seeded = { ...drill, account, marker: await writeMarker(forge, account), hooks };
  drill.progress.waiting('the store to hold it all');
  await caughtUp(seeded, 'store holds what was seeded', newestOf(seeded));
  return seeded;
}

/** Listens for the forge's webhook until the drill ends. */
export async function receiveHooks(drill: Drill, ...at: Parameters<typeof HookReceiver.listen>): Promise<HookReceiver> {
  const hooks = await HookReceiver.listen(...at);
  drill.ends.defer(() => hooks.close());
  return hooks;
}

/** When the newest of what was seeded was written. */
function newestOf({ account: { facts } }: Seeded): { database: number; files: number } {
  const last = (dataset: DatasetName) =>
    Math.max(
      0,
      ...facts
        .list()
        .filter((fact) => datasetOf(fact.kind) === dataset)
        .map((fact) => fact.at),
    );
  return { database: last('gitea/database'), files: last('gitea/files') };
}

/** Waits for a heartbeat that says that everything until these moments is restorable; says so in a check either way. */
export async function caughtUp(
  drill: Seeded,
  name: string,
  newest: { database: number; files: number },
): Promise<void> {
  const began = Date.now();
  let missing = whatIsMissing(await heartbeat(drill), newest);
  while (missing !== '' && Date.now() < began + CATCH_UP_MS) {
    await sleep(500, undefined, { signal: drill.signal });
    missing = whatIsMissing(await heartbeat(drill), newest);
  }
  drill.record.check(name, missing === '', missing || `${((Date.now() - began) / 1000).toFixed(1)} s waited`);
}

/** What a heartbeat lacks; empty when it says that everything is there. */
export function whatIsMissing(beat: Heartbeat | undefined, newest: { database: number; files: number }): string {
  const gitea = beat?.datasets.gitea;
  if (!gitea) return 'no heartbeat in the store';
  const at = (value: string | null | undefined) => (value ? Date.parse(value) : 0);
  if (at(gitea.database?.newest) + SLACK_MS < newest.database)
    return 'the database in the store is older than the last write';
  // A file written while a snapshot was made may be in it; no newer snapshot follows then.
  if (at(gitea.files?.covered) < newest.files) return 'the files in the store are older than the last write';
  if (!gitea.repositories?.newest) return 'no repository is in the store';
  if (gitea.repositories.pending) return `${gitea.repositories.pending} repositories wait to be shipped`;
  return '';
}
