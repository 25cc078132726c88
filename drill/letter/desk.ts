/** The machine of a person who begins: an empty HOME, nothing but the prerequisites on PATH, and a fresh clone of the program. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import execa from 'execa';
import { UserError } from '../../scripts/lib/errors';
import { cacheDir, projectDir } from '../../scripts/lib/project';

export interface Desk {
  home: string;
  program: string;
  env: Record<string, string>;
  /** Which CLI it has, as one names it. */
  cli: string;
}

/** How this machine reaches the network; a person's own machine has that too. */
const NETWORK =
  /^(https?_proxy|no_proxy|npm_config_registry|npm_config_cafile|node_extra_ca_certs|ssl_cert_(file|dir)|git_ssl_cainfo|curl_ca_bundle)$/i;

/** Lays the desk out below a folder. `prerequisites`: programs that README asks for, beside what every Debian has. */
export async function layOut(folder: string, prerequisites: string[]): Promise<Desk> {
  const home = join(folder, 'home');
  const bin = join(folder, 'bin');
  for (const made of [home, bin]) mkdirSync(made, { recursive: true, mode: 0o700 });
  for (const path of await everyDebians()) link(bin, path);
  const wanted = prerequisites.filter((name) => name !== 'pulumi');
  const found = await Promise.all(wanted.map(async (name) => ({ name, path: await which(name) })));
  const missing = found.filter(({ path }) => !path).map(({ name }) => name);
  if (missing.length)
    throw new UserError(
      `The letter needs what README asks for, and this machine lacks ${missing.join(', ')}.`,
      `Install it: apt-get install ${missing.join(' ')}`,
    );
  for (const { path } of found) if (path) link(bin, path);
  const cli = await placePulumi(bin);
  const program = join(home, 'fleet-recovery');
  await cloneInto(program);
  const network = Object.fromEntries(
    Object.entries(process.env).filter(([name, value]) => NETWORK.test(name) && value),
  ) as Record<string, string>;
  // Packages that were fetched once are not fetched again for each letter; an empty cache only takes longer.
  const env = {
    ...network,
    HOME: home,
    PATH: bin,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    TERM: 'dumb',
    npm_config_cache: join(cacheDir(), 'npm'),
    PULUMI_SKIP_CONFIRMATIONS: 'true',
  };
  return { home, program, env, cli };
}

/** Programs of the packages that no Debian is without. */
async function everyDebians(): Promise<string[]> {
  const { stdout } = await execa('sh', [
    '-c',
    'dpkg-query --show --showformat \'${Essential} ${binary:Package}\\n\' | sed -n "s/^yes //p" | xargs dpkg-query --listfiles',
  ]);
  return stdout.split('\n').filter((path) => /^\/(usr\/)?s?bin\/[^/]+$/.test(path) && existsSync(path));
}

async function which(name: string): Promise<string | undefined> {
  const { stdout, exitCode } = await execa('sh', ['-c', 'command -v "$0"', name], { reject: false });
  return exitCode === 0 ? stdout : undefined;
}

function link(bin: string, path: string): void {
  const at = join(bin, basename(path));
  if (!existsSync(at)) symlinkSync(path, at);
}

/** The official CLI with its plugins where they are installed, else the stand-in of that name. */
async function placePulumi(bin: string): Promise<string> {
  const official = await which('pulumi');
  if (official) {
    const beside = await execa(
      'sh',
      ['-c', 'for d in $(echo "$PATH" | tr : " "); do ls -d "$d"/pulumi-* 2>/dev/null; done'],
      { reject: false },
    );
    for (const path of [official, ...beside.stdout.split('\n').filter(Boolean)]) link(bin, path);
    return `the official CLI ${(await execa(official, ['version'], { reject: false, env: { PULUMI_SKIP_UPDATE_CHECK: 'true' } })).stdout.trim()}`;
  }
  const standIn = join(bin, 'pulumi');
  const main = join(projectDir, 'drill/letter/stand-in/pulumi.ts');
  writeFileSync(
    standIn,
    `#!/usr/bin/env bash\nTSX_TSCONFIG_PATH='${projectDir}/tsconfig.json' exec node --import 'file://${projectDir}/node_modules/tsx/dist/loader.mjs' '${main}' "$@"\n`,
  );
  chmodSync(standIn, 0o755);
  return 'a stand-in of that name over the embedded engine; the official CLI is not installed';
}

/** What is committed, and on top what is changed here, committed there: a clone of a clean checkout is the checkout. */
async function cloneInto(program: string): Promise<void> {
  const at =
    (cwd: string) =>
    async (...args: string[]) =>
      (await execa('git', args, { cwd })).stdout;
  const [here, there] = [at(projectDir), at(program)];
  await here('clone', '--quiet', '--no-hardlinks', projectDir, program);
  const changed = (await here('status', '--porcelain', '-z', '--untracked-files=all')).split('\0').filter(Boolean);
  if (!changed.length) return;
  for (const path of changed.map((entry) => entry.slice(3))) {
    if (!existsSync(join(projectDir, path))) await there('rm', '--quiet', '--ignore-unmatch', path);
    else {
      mkdirSync(dirname(join(program, path)), { recursive: true });
      copyFileSync(join(projectDir, path), join(program, path));
    }
  }
  await there('add', '--all');
  const author = ['-c', 'user.name=letter', '-c', 'user.email=letter@localhost'];
  await there(...author, 'commit', '--quiet', '--message', 'What is changed in the working copy');
}
