/** Artifacts that only some stacks need: made when a stack asks for them, not when the cloud starts. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../daemon/lock';
import { interruptible } from '../interruption';
import { paths as cachePaths } from '../paths';
import { artifactName } from './artifact';
import { actionsRunner, goCaches, ollama } from './go';
import { ensurePart, type Progress } from './part';
import { evennia, strfryStandIn } from './python';

/** Parts by the name of their artifact, and what stands in for what. */
const OPTIONAL = { evennia, ollama, 'gitea-runner': actionsRunner, strfry: strfryStandIn };

const STAND_INS: Partial<Record<string, string>> = {
  strfry: 'strfry: nostr-relay, a relay from the Python index, behind strfry’s command line and settings',
  ollama: 'Ollama: built from its Go module, without GPU code; the model is a tiny one made for drills',
  'gitea-runner': 'Release download of the Actions runner: built from its Go module',
};

/** Makes those of the artifacts that the mirror lacks and the embedded cloud can supply. Returns what stands in for what. */
export async function ensureArtifacts(wanted: { name: string; version: string }[], progress: Progress, signal?: AbortSignal): Promise<string[]> {
  const paths = cachePaths();
  const names = [...new Set(wanted.map(({ name }) => name))].filter((name): name is keyof typeof OPTIONAL => name in OPTIONAL);
  const missing = names.filter((name) => !existsSync(OPTIONAL[name](paths).target));
  if (missing.length) {
    await withLock(paths.lock, () => undefined, () => interruptible(signal, async () => {
      for (const name of missing) await ensurePart(paths, OPTIONAL[name](paths), progress);
      for (const cache of goCaches(paths)) rmSync(cache, { recursive: true, force: true });
    }));
  }
  for (const { name, version } of wanted) {
    if (name in OPTIONAL && !existsSync(join(paths.artifacts, artifactName(name, version)))) throw new Error(`the embedded cloud supplies another version of ${name} than ${version}; bring services/artifacts.ts and localcloud/parts together`);
  }
  return names.flatMap((name) => STAND_INS[name] ?? []);
}
