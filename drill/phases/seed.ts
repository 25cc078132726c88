/** Fills the forge and waits until the store holds it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { storeClient } from '../../components/store/client';
import { heartbeatsOf, type Heartbeat } from '../../components/store/heartbeats';
import { bucketOf } from '../../components/store/names';
import { need, storeAdminOf, type Drill } from '../context';
import { datasetOf, type DatasetName } from '../seed/facts';
import { StackFile } from '../../scripts/lib/stack-file';
import { declarationOf } from '../../scripts/init/init';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { planSeed } from '../seed/plan';
import { samplesOf } from '../seed/samples';
import { seedForge } from '../seed/seed';
import { writeMarker } from '../marker';
import { temporaryName } from '../hook-name';
import { HookReceiver } from '../webhook';

const ORGANIZATION = 'Timmy_Foundation';
/** A bound against waiting for ever. */
const CATCH_UP_MS = 600_000;
/** The store may note a write a moment before the client hears of it. */
const SLACK_MS = 2000;

export async function seed(drill: Drill): Promise<void> {
  const cloud = need(drill.cloud, 'the cloud');
  const stack = need(drill.stack, 'the stack');
  const settings = settingsOf(await StackFile.open(drill.workspace.configFile, stack.passphrase), drill.declaration);
  const { scope } = drill.options;
  const samples = samplesOf([drill.declaration, ...(scope?.beside ? [declarationOf(scope.beside)] : [])], settings);
  const plan = planSeed({ ...drill.options, organization: ORGANIZATION, samples });
  const place = drill.provider.hooks();
  if (place) {
    const hookName = await temporaryName(cloud, place.label, place.address);
    drill.removeHookName = hookName.remove;
    drill.hooks = await HookReceiver.listen(place.listen, hookName.name);
  }
  drill.account = await seedForge(need(drill.forge, 'the forge'), plan, {
    hookUrl: drill.hooks?.url,
    onProgress: (note) => drill.progress.waiting(note),
  });
  drill.marker = await writeMarker(need(drill.forge, 'the forge'), drill.account);
  drill.progress.waiting('the store to hold it all');
  await caughtUp(drill);
}

/** Waits for a heartbeat that says that everything seeded is restorable; says so in a check either way. */
async function caughtUp(drill: Drill): Promise<void> {
  const facts = need(drill.account, 'the account').facts;
  const last = (dataset: DatasetName) =>
    Math.max(
      0,
      ...facts
        .list()
        .filter((fact) => datasetOf(fact.kind) === dataset)
        .map((fact) => fact.at),
    );
  const newest = { database: last('gitea/database'), files: last('gitea/files') };
  const client = storeClient(storeAdminOf(drill));
  const began = Date.now();
  let missing = 'no heartbeat in the store';
  try {
    while (Date.now() < began + CATCH_UP_MS) {
      const [beat] = await heartbeatsOf(client, bucketOf('fleet', drill.declaration.stack, drill.hostName));
      missing = whatIsMissing(beat, newest);
      if (missing === '') break;
      await sleep(500, undefined, { signal: drill.signal });
    }
  } finally {
    client.destroy();
  }
  drill.record.check(
    'store holds what was seeded',
    missing === '',
    missing || `${((Date.now() - began) / 1000).toFixed(1)} s after the last seeded write`,
  );
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
