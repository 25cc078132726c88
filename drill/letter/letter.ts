/** The letter: the commands of the documents, in their order, typed by somebody who has the prerequisites, an account and nothing else. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import execa from 'execa';
import { parseDocument } from 'yaml';
import type { CloudEndpoints } from '../../localcloud/index';
import { plansOf, publicName } from '../../services';
import { backupTools, LOCKS } from '../../services/artifacts';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { standInSettings } from '../../scripts/docs/fleet';
import { declarationOf } from '../../scripts/init/init';
import { cloudEnvironment } from '../../scripts/lib/cloud-environment';
import { Interrupted, UserError } from '../../scripts/lib/errors';
import { elapsed } from '../../scripts/lib/progress';
import { projectDir } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { drilledHost } from '../context';
import { blocksIn, type Block, type Skipped } from './blocks';
import { layOut, type Desk } from './desk';
import { elsewhere, UNITS_PROGRAM, unitVariables } from './elsewhere';
import { strike } from './events';
import { DOCUMENTED, filled } from './filling';
import { copyAsOld, HostShell, type HostAccess } from './host';
import { isMarked, leaveMark, removeMark, type Forge } from './marker';
import { Shell, type Place } from './shell';
import { required } from '../../stacks/model/required';

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

const OPS = 'ops/README.md';

/** Documents in the order in which a person meets them, with the sections that hold commands for a real account. */
export const CHAPTERS: Array<{ document: string; headings?: string[] }> = [
  { document: 'README.md', headings: ['On a real account'] },
  { document: OPS },
  { document: 'README.md', headings: ['At 3 a.m.'] },
];

/** The block after which there is a forge, and the one that opens a kit. */
const NAMES = { made: 'first up', kit: 'open the kit' };
/** What the letter itself prepares, beside what the cloud does to a host. */
const OLD_FORGE = 'an old forge was copied to the host';
const STORED_WITHIN_MS = 120_000;
/** A command that takes longer says so each time. */
const STILL_MS = 30_000;

/** Every block of the documents, in order. Throws where one is not marked. */
export function allBlocks(read = (document: string) => readFileSync(join(projectDir, document), 'utf8')): {
  blocks: Block[];
  skipped: Skipped[];
} {
  const chapters = CHAPTERS.map(({ document, headings }) => ({
    document,
    ...blocksIn(document, read(document), headings),
  }));
  const unmarked = chapters.flatMap(({ document, unmarked: lines }) => lines.map((line) => `${document}:${line}`));
  if (unmarked.length)
    throw new UserError(
      `These commands are neither in the letter nor said not to be: ${unmarked.join(', ')}.`,
      'Put a comment before each: <!-- letter: NAME --> or <!-- not in the letter: WHY -->',
    );
  // What ops/ has others run comes with its document.
  const blocks = chapters.flatMap(({ document, blocks: own }) => (document === OPS ? [...own, ...elsewhere()] : own));
  return { blocks, skipped: chapters.flatMap(({ skipped }) => skipped) };
}

/** Writes the whole letter. Throws at the first command that does not do what the document says. */
export async function write(cloud: CloudEndpoints, options: LetterOptions): Promise<void> {
  const { blocks, skipped } = allBlocks();
  const folder = mkdtempSync(join(tmpdir(), 'fleet-letter-'));
  try {
    const desk = await layOut(folder, prerequisitesIn(readFileSync(join(projectDir, 'README.md'), 'utf8')));
    await new Letter(cloud, options, folder, desk).run(blocks);
    for (const { document, line, why } of skipped) options.say(`    not run: ${document}:${line}: ${why}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What README asks for: `<!-- letter prerequisites: git node … -->`. */
export function prerequisitesIn(readme: string): string[] {
  const [, names] = /^<!-- letter prerequisites: (.*) -->$/m.exec(readme) ?? [];
  if (!names) throw new Error('README names no prerequisites for the letter');
  return names.split(' ');
}

class Letter {
  private readonly shells = new Map<string, Place>();
  private readonly moment = { at: '' };
  private forge: Forge | undefined;
  private host: HostAccess | undefined;
  private marks = 0;

  constructor(
    private readonly cloud: CloudEndpoints,
    private readonly options: LetterOptions,
    private readonly folder: string,
    private readonly desk: Desk,
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
    say(`stack ${stack}; pulumi is ${this.desk.cli}`);
    this.takeSettings();
    await this.pinWhatIsPlayed();
    for (const block of blocks) {
      if (skip.includes(block.name)) say(`    left out: ${block.document}:${block.line}: ${block.name}`);
      else await this.block(block);
      if (block.name === NAMES.kit && !skip.includes(NAMES.kit))
        for (const inner of this.blocksOfTheKit()) await this.block(inner);
      if (block.name === until) return;
    }
  }

  /** A rehearsal of a stack has no file of its own. */
  private takeSettings(): void {
    if (!existsSync(this.settingsFile))
      copyFileSync(join(this.desk.program, `Pulumi.${DOCUMENTED}.yaml`), this.settingsFile);
  }

  private get settingsFile(): string {
    return join(this.desk.program, `Pulumi.${this.options.stack}.yaml`);
  }

  private openSettings(): Promise<StackFile> {
    return StackFile.open(this.settingsFile, this.passphrase);
  }

  private async block(block: Block): Promise<void> {
    if (block.after) await this.happens(block.after);
    const shell = await this.shellAt(block.at);
    let output = '';
    for (const [index, command] of block.commands.entries()) {
      output += await this.command(block, shell, command, index === block.commands.length - 1 ? block.exit : 0);
    }
    const unseen = block.sees.map((text) => this.filled(text)).filter((text) => !output.includes(text));
    if (unseen.length)
      throw new UserError(
        `${block.document}:${block.line}: ${block.name}: "${unseen[0]}" was not seen.`,
        output.trim(),
      );
    if (block.name === NAMES.made) await this.learnForge();
    if (block.after && this.forge) await this.lookForMarks(block);
  }

  private async command(block: Block, shell: Place, command: string, exit: number): Promise<string> {
    const { say, waiting, signal } = this.options;
    const text = this.filled(command);
    const began = Date.now();
    waiting(`${block.name}: ${oneLine(command)}`);
    const longer = setInterval(
      () => say(`${elapsed(Date.now() - began).padStart(7)}  still   ${block.name}: ${oneLine(command)}`),
      STILL_MS,
    );
    const { code, output } = await shell.run(text, signal).finally(() => clearInterval(longer));
    if (signal.aborted) throw new Interrupted();
    const ok = code === exit;
    say(
      `${elapsed(Date.now() - began).padStart(7)}  ${ok ? 'ok    ' : 'FAILED'}  ${block.document}:${block.line} ${block.name}: ${oneLine(command)}`,
    );
    if (!ok)
      throw new UserError(
        `${block.document}:${block.line}: ${block.name}: the command ended with exit code ${code} instead of ${exit}: ${oneLine(command)}`,
        output.trim() || 'It said nothing.',
      );
    return output;
  }

  private filled(text: string): string {
    return filled(text.replaceAll(UNITS_PROGRAM, this.desk.program), {
      stack: this.options.stack,
      cloud: this.cloud,
      moment: () => this.moment.at,
    });
  }

  private async shellAt(place = 'desk'): Promise<Place> {
    const there = this.shells.get(place);
    if (there) return there;
    if (place === 'the host') return new HostShell(required(this.host, 'a host of the fleet'));
    const { cwd, env } = await this.placeOf(place);
    const shell = new Shell(join(this.folder, 'shells', place.replaceAll(' ', '-')), cwd, env);
    this.shells.set(place, shell);
    return shell;
  }

  /** Where commands are typed, and what is known there beforehand. */
  private async placeOf(place: string): Promise<{ cwd: string; env: Record<string, string> }> {
    const { env, home, program } = this.desk;
    const { DIGITALOCEAN_API_URL, CLOUDFLARE_BASE_URL } = cloudEnvironment(this.cloud);
    // The account is the embedded cloud.
    const account = { DIGITALOCEAN_API_URL, CLOUDFLARE_BASE_URL };
    switch (place) {
      case 'desk':
        return { cwd: program, env: { ...env, ...account } };
      // Whoever opens the kit has the account's places from it.
      case 'an empty folder':
        return { cwd: join(home, 'an-empty-folder'), env };
      case 'a unit':
        return {
          cwd: program,
          env: {
            PATH: env.PATH ?? '',
            NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS ?? '',
            ...account,
            ...(await this.exported(unitVariables())),
          },
        };
      case 'a runner':
        return { cwd: await this.checkout(), env: { ...env, ...account, PULUMI_CONFIG_PASSPHRASE: this.passphrase } };
      default:
        throw new Error(`the letter knows no place "${place}"`);
    }
  }

  /** What the operator's shell has for these variables. */
  private async exported(names: string[]): Promise<Record<string, string>> {
    const { output } = await (await this.shellAt()).run('env -0');
    const known = new Map(
      output
        .split('\0')
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const),
    );
    return Object.fromEntries(names.map((name) => [name, known.get(name) ?? '']));
  }

  /** What a runner of another forge checks out: the program, with the settings that were committed there. */
  private async checkout(): Promise<string> {
    const cwd = join(this.folder, 'runner');
    await execa('git', ['clone', '--quiet', this.desk.program, cwd]);
    copyFileSync(this.settingsFile, join(cwd, basename(this.settingsFile)));
    return cwd;
  }

  private get passphrase(): string {
    return readFileSync(join(this.desk.home, '.fleet-passphrase'), 'utf8').trim();
  }

  /** What this account plays with files of its own has pins of their own: said, and written before the first command, as `fleet artifacts pin` would. */
  private async pinWhatIsPlayed(): Promise<void> {
    const declaration = declarationOf(this.options.stack);
    const plans = declaration.hosts.flatMap((host) => plansOf(declaration, host, standInSettings('drill.test')));
    const { ensureArtifacts } = await import('../../localcloud/parts/optional');
    const { pins } = await ensureArtifacts(
      [...backupTools, ...plans.flatMap((plan) => plan.artifacts)],
      join(projectDir, LOCKS),
      (line) => this.options.say(`    ${line}`),
      this.options.signal,
    );
    const settings = parseDocument(readFileSync(this.settingsFile, 'utf8'));
    settings.setIn(['config', `${NAMESPACE}:artifactPins`], pins);
    writeFileSync(this.settingsFile, settings.toString());
    this.options.say(
      `not on a real account: the release hosts are played, with files of other pins, which are written into ${basename(this.settingsFile)}`,
    );
  }

  private async learnForge(): Promise<void> {
    const declaration = declarationOf(this.options.stack);
    const file = await this.openSettings();
    const { forgeAdmin, zone } = settingsOf(file, declaration);
    const host = drilledHost(declaration);
    this.forge = {
      name: publicName(required(host.publicNames[0], 'a public name of the forge'), zone.name),
      nameserver: this.cloud.nameserver,
      admin: { name: forgeAdmin.name, password: file.text(`${NAMESPACE}:giteaAdminPassword`) },
    };
    this.host = {
      ...this.forge,
      privateKey: file.text(`${NAMESPACE}:deployPrivateKey`),
      hostKey: file.text(`${NAMESPACE}:${hostPublicKey(host.name)}`),
    };
    await this.mark();
  }

  /** One more piece of work, and the wait until the store holds it. */
  private async mark(): Promise<void> {
    const forge = required(this.forge, 'the forge');
    await leaveMark(forge, `letter-${++this.marks}`);
    const written = new Date().toISOString();
    const shell = await this.shellAt();
    for (const until = Date.now() + STORED_WITHIN_MS; ;) {
      const { output } = await shell.run(`bin/fleet status --stack ${this.options.stack} --json`, this.options.signal);
      const status = /^\{.*\}$/m.exec(output)?.[0];
      const { datasets = [] } = status
        ? (JSON.parse(status) as { datasets?: Array<{ service: string; part: string; newest: string | null }> })
        : {};
      const newest = datasets.find(({ service, part }) => service === 'gitea' && part === 'database')?.newest;
      if (newest && newest >= written) break;
      if (Date.now() > until)
        throw new UserError(
          `The store does not hold what was written at ${written}; its newest point of the forge's database is ${newest ?? 'none'}.`,
          output.trim(),
        );
      await sleep(1000);
    }
    this.moment.at = written;
  }

  private async happens(what: string): Promise<void> {
    const { say } = this.options;
    if (this.forge) await this.mark();
    say(`    ${what}`);
    if (what === OLD_FORGE) await this.oldForge();
    else await strike(this.cloud, what);
  }

  /** What the forge holds now is an old forge's, and the newest of it is no more in this one. */
  private async oldForge(): Promise<void> {
    const declaration = declarationOf(this.options.stack);
    const plan = plansOf(
      declaration,
      drilledHost(declaration),
      settingsOf(await this.openSettings(), declaration),
    ).find(({ kind }) => kind === 'gitea');
    const host = await this.shellAt('the host');
    const { code, output } = await host.run(copyAsOld(required(plan, 'a forge on the host')));
    if (code !== 0) throw new Error(`the forge could not be copied: ${output.trim()}`);
    await removeMark(required(this.forge, 'the forge'), `letter-${this.marks}`);
  }

  private async lookForMarks(block: Block): Promise<void> {
    const forge = required(this.forge, 'the forge');
    for (let mark = 1; mark <= this.marks; mark++) {
      if (!(await isMarked(forge, `letter-${mark}`)))
        throw new UserError(
          `${block.document}:${block.line}: ${block.name}: what was written to the forge before (letter-${mark}) is not there.`,
        );
    }
    this.options.say(`    the work of before is there: ${this.marks} of ${this.marks}`);
  }

  /** The kit brings a document of its own. */
  private blocksOfTheKit(): Block[] {
    const place = 'an empty folder';
    const text = readFileSync(join(this.desk.home, place.replaceAll(' ', '-'), 'README.md'), 'utf8');
    const { blocks, unmarked } = blocksIn("the kit's README.md", text);
    if (unmarked.length)
      throw new UserError(`The kit's README has commands that are not marked, at ${unmarked.join(', ')}.`);
    return blocks.map((block) => ({ ...block, at: place }));
  }
}

const oneLine = (command: string): string => command.replace(/\\\n\s*/g, '');
