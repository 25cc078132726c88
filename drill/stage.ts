/** A seeded forge on the embedded cloud, for what needs real hosts and is no drill. Made and taken down as a drill does it. */
import { rmSync } from 'node:fs';
import { servicesOf } from '../stacks/model/validate';
import { digitalOcean } from './console';
import { DrillRecord, type Drill } from './context';
import { control } from './control';
import { cloud } from './phases/cloud';
import { create } from './phases/create';
import { seed } from './phases/seed';
import { fails } from './report';
import { openWorkspace } from './workspace';
import type { Chosen } from '../scripts/engines/choose';
import { declarationOf } from '../scripts/init/init';
import { UserError } from '../scripts/lib/errors';
import type { Progress } from '../scripts/lib/progress';
import { EmbeddedCloud } from './clouds/embedded';
import type { Size } from './seed/plan';

const STACK = 'drill';

export class Stage {
  private constructor(readonly drill: Drill) {}

  /** Starts the cloud, makes the stack from nothing and fills its forge. What a failure leaves, `close` takes away. */
  static async open(
    options: { size: Size; seed: number },
    { engine }: Pick<Chosen, 'engine'>,
    progress: Progress,
    signal: AbortSignal,
    opened: (stage: Stage) => void,
  ): Promise<Stage> {
    const declaration = declarationOf(STACK);
    const host = declaration.hosts.find((one) => servicesOf(one).includes('gitea')) ?? declaration.hosts[0];
    const stage = new Stage({
      options: { size: options.size, seed: options.seed, keep: false, checkPreview: false },
      declaration,
      engine,
      provider: new EmbeddedCloud(),
      workspace: openWorkspace(new Date(), STACK),
      progress,
      record: new DrillRecord(),
      signal,
      probes: new Map(),
      healed: new Map(),
      hostName: host.name,
    });
    opened(stage);
    progress.say('  starting the embedded cloud');
    await cloud(stage.drill);
    progress.say('  a stack from nothing');
    await create(stage.drill);
    progress.say(`  a forge of size ${options.size}, seed ${options.seed}`);
    await seed(stage.drill);
    const failed = stage.drill.record.checks.filter(fails);
    if (failed.length)
      throw new UserError(
        `The forge could not be seeded: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}.`,
      );
    return stage;
  }

  get standIns(): string[] {
    return this.drill.provider.standIns;
  }

  /** Ids of the droplets that the cloud lists. */
  async droplets(): Promise<number[]> {
    const { droplets } = await digitalOcean(this.drill, 'GET', '/droplets?per_page=200');
    return droplets.map(({ id }: { id: number }) => id);
  }

  /** Kills every host at once, its disk with it. */
  async kill(): Promise<void> {
    for (const id of await this.droplets()) await control(this.drill, `droplets/${id}/destroy`);
  }

  /** Takes the cloud away, and what this run kept on disk; of one that failed the log stays, which its error names. */
  async close({ failed = false } = {}): Promise<void> {
    const { workspace } = this.drill;
    this.drill.hooks?.close();
    const { ok, detail } = this.drill.cloudTried ? await this.drill.provider.end(this.drill) : { ok: true, detail: '' };
    workspace.release();
    for (const path of failed ? [workspace.stateDir, workspace.configFile] : [workspace.dir])
      rmSync(path, { recursive: true, force: true });
    if (!ok)
      throw new UserError(`The embedded cloud left something on this machine: ${detail}.`, 'Run: fleet cloud stop');
  }
}
