/** Artifacts that only some stacks need: made when a stack asks for them, not when the cloud starts. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../daemon/lock';
import { interruptible } from '../interruption';
import { paths as cachePaths, type Paths } from '../paths';
import { artifactName, pinned } from './artifact';
import { actionsRunner, goCaches, ollama, versitygwRelease } from './go';
import { ensureInTurn, type Part, type Progress } from './part';
import { pythonFiles, strfryStandIn } from './python';

/** Parts by the name of their artifact. */
const OPTIONAL: Record<string, (paths: Paths) => Part> = {
  ollama,
  'gitea-runner': actionsRunner,
  strfry: strfryStandIn,
  versitygw: versitygwRelease,
};

const STAND_INS: Partial<Record<string, string>> = {
  strfry:
    'strfry: nostr-relay, a relay from the Python index, behind strfry’s command line and settings; its repository on GitHub is played, and its build makes that',
  ollama:
    'Ollama: built from its Go module, without GPU code and with the processor’s in one piece; the registry of its models is played, and each of them is a tiny one',
  'gitea-runner': 'Release download of the Actions runner: built from its Go module',
  versitygw: 'Release download of versitygw: built from its Go module',
};

export interface Wanted {
  name: string;
  version: string;
  layout: string;
}

export interface Supplied {
  /** What stands in for what. */
  standIns: string[];
  /** What each artifact is pinned to here, by its name. */
  pins: Record<string, string>;
}

/** Makes those of the artifacts that the cache lacks. `locks` holds the lock of each Python program, as `<name>.txt`. */
export async function ensureArtifacts(
  wanted: Wanted[],
  locks: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<Supplied> {
  const paths = cachePaths();
  const one = [...new Map(wanted.map((artifact) => [artifact.name, artifact])).values()];
  const parts = one.flatMap(({ name, layout }) =>
    layout === 'python' ? pythonFiles(paths, name, join(locks, `${name}.txt`)) : (OPTIONAL[name]?.(paths) ?? []),
  );
  const missing = parts.filter(({ target }) => !existsSync(target));
  if (missing.length) {
    await withLock(
      paths.lock,
      () => undefined,
      () =>
        interruptible(signal, async () => {
          await ensureInTurn(paths, missing, progress);
          for (const cache of goCaches(paths)) rmSync(cache, { recursive: true, force: true });
        }),
    );
  }
  const played = one.filter(({ layout }) => layout !== 'python');
  for (const { name, version } of played) {
    if (!existsSync(join(paths.artifacts, artifactName(name, version))))
      throw new Error(
        `the embedded cloud does not supply ${name} ${version}; bring stacks/outside/artifacts.ts, localcloud/parts and localcloud/outside together`,
      );
  }
  return {
    standIns: one.flatMap(({ name }) => STAND_INS[name] ?? []),
    pins: Object.fromEntries(
      played.map(({ name, version }) => [name, pinned(paths.artifacts, artifactName(name, version))]),
    ),
  };
}
