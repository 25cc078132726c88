/** The letter: the commands of the documents, in their order, typed by somebody who has the prerequisites, an account and nothing else. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import type { CloudEndpoints } from '../../localcloud/index';
import { plansOf } from '../../services';
import { NAMESPACE } from '../../stacks/model/settings';
import { required } from '../../stacks/model/required';
import { standInSettings } from '../../scripts/docs/fleet';
import { declarationOf } from '../../scripts/init/init';
import { Interrupted, UserError } from '../../scripts/lib/errors';
import { elapsed } from '../../scripts/lib/progress';
import { projectDir } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';
import { forgeOf, playedArtifacts } from '../phases/create';
import { blocksIn, type Block } from './blocks';
import { layOut } from './desk';
import { allBlocks, prerequisitesIn } from './documents';
import { UNITS_PROGRAM } from './elsewhere';
import { strike } from './events';
import { DOCUMENTED, filled } from './filling';
import { EMPTY_FOLDER, Places } from './places';
import type { Place } from './shell';
import { Work } from './work';

export interface LetterOptions {
  stack: string;
  /** Name of the last block. */
  until?: string;
  /** Names of blocks that are left out. */
  skip: string[];
  say: (line: string) => void;
  /** What goes on, for who looks on. */
  waiting: (line: string) => void;
  signal: AbortSignal;
}

/** The block after which there is a forge, and the one that opens a kit. */
const NAMES = { made: 'first up', kit: 'open the kit' };
/** What the letter itself prepares, beside what the cloud does to a host. */
const OLD_FORGE = 'an old forge was copied to the host';
/** A command that takes longer says so each time. */
const STILL_MS = 30_000;

/** Writes the whole letter. Throws at the first command that does not do what the document says. */
export async function write(cloud: CloudEndpoints, options: LetterOptions): Promise<void> {
  const { blocks, skipped } = allBlocks();
  const folder = mkdtempSync(join(tmpdir(), 'fleet-letter-'));
  try {
    const desk = await layOut(folder, prerequisitesIn(readFileSync(join(projectDir, 'README.md'), 'utf8')));
    const places = new Places(cloud, folder, desk, join(desk.program, `Pulumi.${options.stack}.yaml`));
    await new Letter(cloud, options, folder, places).run(blocks);
    for (const { document, line, why } of skipped) options.say(`    not run: ${document}:${line}: ${why}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Letter {
  /** Once there is a forge. */
  private work: Work | undefined;

  constructor(
    private readonly cloud: CloudEndpoints,
    private readonly options: LetterOptions,
    private readonly folder: string,
    private readonly places: Places,
  ) {}

  async run(blocks: Block[]): Promise<void> {
    const { stack, until, skip, say } = this.options;
    const unknown = [...(until ? [until] : []), ...skip].find((asked) => !blocks.some(({ name }) => name === asked));
    if (unknown !== undefined)
      throw new UserError(
        `There is no block "${unknown}".`,
        `The letter has: ${blocks.map(({ name }) => name).join(', ')}.`,
        2,
      );
    const { desk, settingsFile } = this.places;
    say(`stack ${stack}; pulumi is ${desk.cli}`);
    // A rehearsal of a stack has no file of its own.
    if (!existsSync(settingsFile)) copyFileSync(join(desk.program, `Pulumi.${DOCUMENTED}.yaml`), settingsFile);
    await this.pinWhatIsPlayed();
    for (const block of blocks) {
      if (skip.includes(block.name)) say(`    left out: ${block.document}:${block.line}: ${block.name}`);
      else await this.block(block);
      if (block.name === NAMES.kit && !skip.includes(NAMES.kit))
        for (const inner of this.blocksOfTheKit()) await this.block(inner);
      if (block.name === until) return;
    }
  }

  private async block(block: Block): Promise<void> {
    const { after, at, commands } = block;
    const where = `${block.document}:${block.line}: ${block.name}`;
    if (after) await this.happens(after);
    const shell = at === 'the host' ? required(this.work, 'a host of the fleet').host : await this.places.shellAt(at);
    let output = '';
    for (const [index, command] of commands.entries())
      output += await this.command(block, shell, command, index === commands.length - 1 ? block.exit : 0);
    const unseen = block.sees.map((text) => this.filled(text)).find((text) => !output.includes(text));
    if (unseen !== undefined) throw new UserError(`${where}: "${unseen}" was not seen.`, output.trim());
    if (block.name === NAMES.made) this.work = await this.firstWork();
    if (after && this.work) this.options.say(`    ${await this.work.lookFor(where)}`);
  }

  private async command(block: Block, shell: Place, command: string, exit: number): Promise<string> {
    const { say, waiting, signal } = this.options;
    const text = this.filled(command);
    const line = command.replace(/\\\n\s*/g, '');
    const what = `${block.name}: ${line}`;
    const began = Date.now();
    const tell = (how: string, told: string) => say(`${elapsed(Date.now() - began).padStart(7)}  ${how}  ${told}`);
    waiting(what);
    const longer = setInterval(() => tell('still ', what), STILL_MS);
    const { code, output } = await shell.run(text, signal).finally(() => clearInterval(longer));
    if (signal.aborted) throw new Interrupted();
    const ok = code === exit;
    tell(ok ? 'ok    ' : 'FAILED', `${block.document}:${block.line} ${what}`);
    if (!ok)
      throw new UserError(
        `${block.document}:${block.line}: ${block.name}: the command ended with exit code ${code} instead of ${exit}: ${line}`,
        output.trim() || 'It said nothing.',
      );
    return output;
  }

  private filled(text: string): string {
    return filled(text.replaceAll(UNITS_PROGRAM, this.places.desk.program), {
      stack: this.options.stack,
      cloud: this.cloud,
      moment: () => this.work?.at ?? '',
    });
  }

  /** What this account plays with files of its own has pins of their own: said, and written before the first command, as `fleet artifacts pin` would. */
  private async pinWhatIsPlayed(): Promise<void> {
    const { say, signal, stack } = this.options;
    const { settingsFile } = this.places;
    const declaration = declarationOf(stack);
    const plans = declaration.hosts.flatMap((host) => plansOf(declaration, host, standInSettings('drill.test')));
    const { pins } = await playedArtifacts(plans, (line) => say(`    ${line}`), signal);
    const settings = parseDocument(readFileSync(settingsFile, 'utf8'));
    settings.setIn(['config', `${NAMESPACE}:artifactPins`], pins);
    writeFileSync(settingsFile, settings.toString());
    say(
      `not on a real account: the release hosts are played, with files of other pins, which are written into ${basename(settingsFile)}`,
    );
  }

  private async firstWork(): Promise<Work> {
    const declaration = declarationOf(this.options.stack);
    const file = await StackFile.open(this.places.settingsFile, this.places.passphrase);
    const opened = forgeOf(declaration, file, this.cloud.nameserver, this.folder);
    const work = new Work(declaration, file, opened, await this.places.shellAt(), this.options.signal);
    await work.add();
    return work;
  }

  private async happens(what: string): Promise<void> {
    await this.work?.add();
    this.options.say(`    ${what}`);
    if (what === OLD_FORGE) await required(this.work, 'a forge').becomesOld();
    else await strike(this.cloud, what);
  }

  /** The kit brings a document of its own. */
  private blocksOfTheKit(): Block[] {
    const text = readFileSync(join(this.places.emptyFolder, 'README.md'), 'utf8');
    const { blocks, unmarked } = blocksIn("the kit's README.md", text);
    if (unmarked.length)
      throw new UserError(`The kit's README has commands that are not marked, at ${unmarked.join(', ')}.`);
    return blocks.map((block) => ({ ...block, at: EMPTY_FOLDER }));
  }
}
