/** A seeded forge on the embedded cloud, for what needs real hosts and is no drill. Made and taken down as a drill does it. */
import { rmSync } from 'node:fs';
import type { Chosen } from '../scripts/engines/choose';
import { UserError } from '../scripts/lib/errors';
import type { Progress } from '../scripts/lib/progress';
import { EmbeddedCloud } from './clouds/embedded';
import { DrillRecord, type Drill, type Seeded } from './context';
import { control, dropletsSeen } from './control';
import { Ends } from './ends';
import { cloud } from './phases/cloud';
import { create } from './phases/create';
import { seed } from './phases/seed';
import { fails } from './report';
import type { Size } from './seed/plan';
import { openWorkspace } from './workspace';

export class Stage {
  private constructor(readonly drill: Seeded) {}

  /** Starts the cloud, makes the stack from nothing and fills its forge; what a failure leaves is taken away. */
  static async open(
    { size, seed: number }: { size: Size; seed: number },
    { engine }: Pick<Chosen, 'engine'>,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Stage> {
    const drill: Drill = {
      options: { size, seed: number, keep: false, checkPreview: false },
      engine,
      provider: new EmbeddedCloud(),
      workspace: openWorkspace(new Date()),
      progress,
      record: new DrillRecord(),
      signal,
      ends: new Ends(),
    };
    try {
      const running = await cloud(drill);
      progress.say('  a stack from nothing');
      const stack = await create(running);
      progress.say(`  a forge of size ${size}, seed ${number}`);
      const seeded = await seed(stack);
      const failed = drill.record.checks.filter(fails);
      if (failed.length)
        throw new UserError(
          `The forge could not be seeded: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}.`,
        );
      return new Stage(seeded);
    } catch (error) {
      await close(drill, { failed: true }).catch(() => undefined);
      throw error;
    }
  }

  get standIns(): string[] {
    return this.drill.provider.standIns;
  }

  /** Ids of the droplets that the cloud lists. */
  async droplets(): Promise<number[]> {
    return (await dropletsSeen(this.drill)).map(({ id }) => id);
  }

  /** Kills every host at once, its disk with it. */
  async kill(): Promise<void> {
    for (const id of await this.droplets()) await control(this.drill, `droplets/${id}/destroy`);
  }

  /** Takes the cloud away, and what this run kept on disk; of one that failed the log stays, which its error names. */
  close({ failed = false } = {}): Promise<void> {
    return close(this.drill, { failed });
  }
}

async function close({ ends, record, workspace, provider }: Drill, { failed }: { failed: boolean }): Promise<void> {
  await ends.run();
  workspace.release();
  for (const path of failed ? [workspace.stateDir, workspace.configFileOf(provider.stack)] : [workspace.dir])
    rmSync(path, { recursive: true, force: true });
  const ended = record.checks.at(-1);
  if (ended && fails(ended))
    throw new UserError(`The embedded cloud left something on this machine: ${ended.detail}.`, 'Run: fleet cloud stop');
}
