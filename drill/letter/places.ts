/** Where commands are typed, and what is known there beforehand. */
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import execa from 'execa';
import type { CloudEndpoints } from '../../localcloud/index';
import { cloudEnvironment } from '../../scripts/lib/cloud-environment';
import type { Desk } from './desk';
import { unitVariables } from './elsewhere';
import { Shell } from './shell';

export const EMPTY_FOLDER = 'an empty folder';

export class Places {
  private readonly shells = new Map<string, Shell>();

  constructor(
    private readonly cloud: CloudEndpoints,
    private readonly folder: string,
    readonly desk: Desk,
    /** Of the stack, at the desk. */
    readonly settingsFile: string,
  ) {}

  get passphrase(): string {
    return readFileSync(join(this.desk.home, '.fleet-passphrase'), 'utf8').trim();
  }

  /** The shell of a place; it is opened once. */
  async shellAt(place = 'desk'): Promise<Shell> {
    const there = this.shells.get(place);
    if (there) return there;
    const { cwd, env } = await this.placeOf(place);
    const shell = new Shell(join(this.folder, 'shells', place.replaceAll(' ', '-')), cwd, env);
    this.shells.set(place, shell);
    return shell;
  }

  private async placeOf(place: string): Promise<{ cwd: string; env: Record<string, string> }> {
    const { env, program } = this.desk;
    const { DIGITALOCEAN_API_URL, CLOUDFLARE_BASE_URL } = cloudEnvironment(this.cloud);
    // The account is the embedded cloud.
    const account = { DIGITALOCEAN_API_URL, CLOUDFLARE_BASE_URL };
    switch (place) {
      case 'desk':
        return { cwd: program, env: { ...env, ...account } };
      // Whoever opens the kit has the account's places from it.
      case EMPTY_FOLDER:
        return { cwd: this.emptyFolder, env };
      case 'a unit': {
        const { PATH = '', NODE_EXTRA_CA_CERTS = '' } = env;
        return {
          cwd: program,
          env: { PATH, NODE_EXTRA_CA_CERTS, ...account, ...(await this.exported(unitVariables())) },
        };
      }
      case 'a runner':
        return { cwd: await this.checkout(), env: { ...env, ...account, PULUMI_CONFIG_PASSPHRASE: this.passphrase } };
      default:
        throw new Error(`the letter knows no place "${place}"`);
    }
  }

  get emptyFolder(): string {
    return join(this.desk.home, EMPTY_FOLDER.replaceAll(' ', '-'));
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
}
