/** The program as it was at another commit, installed in the drill's own folder. */
import { join } from 'node:path';
import execa from 'execa';
import { UserError } from '../../scripts/lib/errors';
import { cacheDir, projectDir } from '../../scripts/lib/project';
import type { Drill } from '../context';

const git = async (...args: string[]): Promise<string> => (await execa('git', args, { cwd: projectDir })).stdout.trim();

/** The newest release before this commit: a tag `v*`, or in a clone without one the commit that last changed the version. */
async function newestRelease(say: (line: string) => void): Promise<string> {
  try {
    return await git('describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD^');
  } catch {
    const commit = await git('log', '-1', '--format=%h', '-G"version": ', 'HEAD', '--', 'package.json');
    say(`  this clone has no tag v*: the release is ${commit}, which last changed the version in package.json`);
    return commit;
  }
}

/** Checks out a commit, or the newest release where none is named, and installs its packages; returns its folder. */
export async function checkedOut({ workspace, progress, ends, signal }: Drill, asked: string | true): Promise<string> {
  const ref = asked === true ? await newestRelease((line) => progress.say(line)) : asked;
  const commit = await git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`).catch(() => {
    throw new UserError(`--upgrade-from ${ref}: this clone has no such commit.`, 'Fetch it with: git fetch --tags');
  });
  const folder = join(workspace.workDir, 'release');
  ends.defer(() => git('worktree', 'remove', '--force', folder));
  // What a killed drill left of its own is only noted any more.
  await git('worktree', 'prune');
  await git('worktree', 'add', '--quiet', '--detach', folder, commit);
  progress.waiting('npm ci');
  const npm = ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await ends.hold(execa('npm', npm, { cwd: folder, all: true, env: { npm_config_cache: join(cacheDir(), 'npm') } }));
  signal.throwIfAborted();
  progress.say(`  ${ref} is ${await git('log', '-1', '--format=%h of %cs: %s', commit)}`);
  return folder;
}
