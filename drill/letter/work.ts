/** The work that the forge of the letter holds: added to before something happens, and looked for afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../scripts/lib/errors';
import { settingsOf } from '../../scripts/lib/stack-settings';
import type { StackFile } from '../../scripts/lib/stack-file';
import { plansOf } from '../../services';
import type { Declaration } from '../../stacks';
import { required } from '../../stacks/model/required';
import { drilledHost } from '../context';
import type { forgeOf } from '../phases/create';
import { copyAsOld, HostShell } from './host';
import { isMarked, leaveMark, removeMark } from './marker';
import type { Place } from './shell';

const STORED_WITHIN_MS = 120_000;

export class Work {
  private marks = 0;
  /** When the newest of it was written. */
  at = '';

  constructor(
    private readonly declaration: Declaration,
    private readonly settings: StackFile,
    private readonly opened: ReturnType<typeof forgeOf>,
    private readonly desk: Place,
    private readonly signal: AbortSignal,
  ) {}

  /** The host that the forge runs on now. */
  get host(): Place {
    return new HostShell(this.opened.target);
  }

  /** One more piece, and the wait until the store holds it. */
  async add(): Promise<void> {
    await leaveMark(this.opened.forge, `letter-${++this.marks}`);
    const written = new Date().toISOString();
    for (const until = Date.now() + STORED_WITHIN_MS; ; await sleep(1000)) {
      const { output } = await this.desk.run(`bin/fleet status --stack ${this.declaration.stack} --json`, this.signal);
      const { datasets = [] } = JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? '{}') as {
        datasets?: Array<{ service: string; part: string; newest: string | null }>;
      };
      const newest = datasets.find(({ service, part }) => service === 'gitea' && part === 'database')?.newest;
      if (newest && newest >= written) break;
      if (Date.now() > until)
        throw new UserError(
          `The store does not hold what was written at ${written}; its newest point of the forge's database is ${newest ?? 'none'}.`,
          output.trim(),
        );
    }
    this.at = written;
  }

  /** What the forge holds now is an old forge's, and the newest of it is no more in this one. */
  async becomesOld(): Promise<void> {
    const { declaration } = this;
    const plans = plansOf(declaration, drilledHost(declaration), settingsOf(this.settings, declaration));
    const plan = plans.find(({ kind }) => kind === 'gitea');
    const { code, output } = await this.host.run(copyAsOld(required(plan, 'a forge on the host')));
    if (code !== 0) throw new Error(`the forge could not be copied: ${output.trim()}`);
    await removeMark(this.opened.forge, `letter-${this.marks}`);
  }

  /** Throws where a piece of it is missing; says how much there is. */
  async lookFor(where: string): Promise<string> {
    for (let mark = 1; mark <= this.marks; mark++)
      if (!(await isMarked(this.opened.forge, `letter-${mark}`)))
        throw new UserError(`${where}: what was written to the forge before (letter-${mark}) is not there.`);
    return `the work of before is there: ${this.marks} of ${this.marks}`;
  }
}
