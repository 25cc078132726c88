/**
 * The history of the real program on the embedded cloud: a small forge is made, updated, lost, rebuilt by `rebuild` and
 * destroyed. It needs root and minutes, so jest does not tell it; every drill compares its own runs with what was recorded.
 */
import { rmSync } from 'node:fs';
import type { Engine, EngineEvent, RunOptions, RunResult } from '../../../scripts/engines/engine';
import { EmbeddedCloud } from '../../../scripts/drill/clouds/embedded';
import { DrillRecord, need, type Drill } from '../../../scripts/drill/context';
import { cloud } from '../../../scripts/drill/phases/cloud';
import { create } from '../../../scripts/drill/phases/create';
import { seed } from '../../../scripts/drill/phases/seed';
import { openWorkspace } from '../../../scripts/drill/workspace';
import { declarationOf } from '../../../scripts/init/init';
import { Progress } from '../../../scripts/lib/progress';
import { StackFile } from '../../../scripts/lib/stack-file';
import { NAMESPACE } from '../../../stacks/settings';
import type { Recorded } from './scenario';

type Stage = (verb: 'up' | 'destroy', options?: RunOptions) => Promise<RunResult>;

const HISTORY: Array<[name: string, run: (stage: Stage, drill: Drill) => Promise<RunResult>]> = [
  ['second update', (stage) => stage('up')],
  [
    'update after the droplet is lost',
    async (stage, drill) => {
      const { control } = need(drill.cloud, 'the cloud');
      const { droplets } = (await (await fetch(`${control}/droplets`)).json()) as { droplets: Array<{ id: number }> };
      const answer = await fetch(`${control}/droplets/${droplets[0].id}/destroy`, { method: 'POST' });
      if (!answer.ok) throw new Error(`the cloud did not destroy the droplet: it answered ${answer.status}`);
      return stage('up', { refresh: true });
    },
  ],
  ['update after that', (stage) => stage('up')],
  [
    'rebuild of a listed droplet',
    async (stage, drill) => {
      const { configFile, passphrase } = need(drill.stack, 'the stack');
      const file = await StackFile.open(configFile, passphrase);
      file.setPlain(`${NAMESPACE}:rebuild`, { [drill.hostName]: 1 });
      file.save();
      return stage('up');
    },
  ],
  ['destroy', (stage) => stage('destroy', { refresh: true })],
];

/** Tells that history to an engine, on an embedded cloud of its own that is gone afterwards. */
export async function tellFleet(engine: Engine, onEvent: (event: EngineEvent) => void): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  const note = (run: string, { ok, steps, summary }: RunResult) => void recorded.push({ run, ok, steps, summary });
  const declaration = declarationOf('drill');
  const workspace = openWorkspace(new Date());
  const creating: Engine = {
    ...engine,
    up: async (stack, options) => {
      const result = await engine.up(stack, options);
      note('create', result);
      return result;
    },
  };
  const drill: Drill = {
    options: { size: 'small', seed: 0, keep: false, checkPreview: false },
    declaration,
    engine: creating,
    provider: new EmbeddedCloud(),
    workspace,
    progress: new Progress(process.stderr, workspace.log),
    record: new DrillRecord(),
    signal: new AbortController().signal,
    hostName: declaration.hosts[0].name,
  };
  try {
    await cloud(drill);
    await create(drill);
    // An agent is cloned from the forge, and an empty forge has nothing to clone.
    await seed(drill);
    const stack = need(drill.stack, 'the stack');
    for (const [run, act] of HISTORY) note(run, await act((verb, options) => engine[verb](stack, { ...options, onEvent }), drill));
    return recorded;
  } finally {
    drill.hooks?.close();
    await drill.provider.end(drill);
    workspace.release();
    drill.progress.stop();
    rmSync(workspace.dir, { recursive: true, force: true });
  }
}
