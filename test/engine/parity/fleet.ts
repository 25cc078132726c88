/**
 * The history of the real program on the embedded cloud: a small forge is made, updated, lost, rebuilt by `rebuild` and
 * destroyed. It needs root and minutes, so jest does not tell it; `drill.ts` holds the runs of a drill against what was recorded.
 */
import type { Engine, EngineEvent, RunOptions, RunResult } from '../../../scripts/engines/engine';
import { raiseRebuild } from '../../../drill/settings';
import { Stage } from '../../../drill/stage';
import { Progress } from '../../../scripts/lib/progress';
import type { Recorded } from './scenario';

type Act = (verb: 'up' | 'destroy', options?: RunOptions) => Promise<RunResult>;

const HISTORY: Array<[name: string, run: (act: Act, stage: Stage) => Promise<RunResult>]> = [
  ['second update', (act) => act('up')],
  [
    'update after the droplet is lost',
    async (act, stage) => {
      await stage.kill();
      return act('up', { refresh: true });
    },
  ],
  ['update after that', (act) => act('up')],
  [
    'rebuild of a listed droplet',
    async (act, { drill }) => {
      await raiseRebuild(drill);
      return act('up');
    },
  ],
  ['destroy', (act) => act('destroy', { refresh: true })],
];

/** Tells that history to an engine, on an embedded cloud of its own that is gone afterwards. */
export async function tellFleet(engine: Engine, onEvent: (event: EngineEvent) => void): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  const note = (run: string, { ok, steps, summary }: RunResult) => void recorded.push({ run, ok, steps, summary });
  const creating: Engine = {
    ...engine,
    up: async (stack, options) => {
      const result = await engine.up(stack, options);
      note('create', result);
      return result;
    },
  };
  const progress = new Progress(process.stderr);
  let stage: Stage | undefined;
  try {
    stage = await Stage.open({ size: 'small', seed: 0 }, { engine: creating }, progress, new AbortController().signal);
    const { drill } = stage;
    for (const [run, tell] of HISTORY)
      note(run, await tell((verb, options) => engine[verb](drill.stack, { ...options, onEvent }), stage));
    return recorded;
  } finally {
    await stage?.close();
    progress.stop();
  }
}
