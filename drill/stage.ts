/** A seeded forge on the embedded cloud, for what needs real hosts and is no drill. Made and taken down as a drill does it. */
import { rmSync } from 'node:fs';
import { servicesOf } from '../stacks/model/validate';
import { DrillRecord, need, type Drill } from './context';
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
    const cloud = need(this.drill.cloud, 'the cloud');
    const answer = await fetch(`${cloud.digitalocean}/v2/droplets?per_page=200`, {
      headers: { authorization: `Bearer ${cloud.tokens.digitalocean}` },
    });
    if (!answer.ok) throw new Error(`the cloud answered ${answer.status} when asked for its droplets`);
    return ((await answer.json()) as { droplets: Array<{ id: number }> }).droplets.map(({ id }) => id);
  }

  /** Kills every host at once, its disk with it. */
  async kill(): Promise<void> {
    const cloud = need(this.drill.cloud, 'the cloud');
    for (const id of await this.droplets()) {
      const answer = await fetch(`${cloud.control}/droplets/${id}/destroy`, { method: 'POST' });
      if (!answer.ok) throw new Error(`the cloud did not kill droplet ${id}: it answered ${answer.status}`);
    }
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
