/** The program as a git bundle: what was committed, with its history. */
import { join } from 'node:path';
import execa from 'execa';

export interface Program {
  bundle: Buffer;
  commit: string;
  committedAt: string;
}

/** Settings hold secrets of their own and travel beside the program; everything else must be committed to be in a kit. */
const NOT_THE_PROGRAM = ':(exclude)Pulumi.*.yaml';

/** The bundle, or one sentence for each thing that keeps it from being whole. */
export async function bundleOf(dir: string): Promise<{ program?: Program; problems: string[] }> {
  const git = async (...args: string[]) => (await execa('git', args, { cwd: dir, reject: false })).stdout.trim();
  const commit = await git('rev-parse', 'HEAD');
  if (!/^[0-9a-f]{40}/.test(commit))
    return {
      problems: [`${dir} is no git checkout with a commit; clone the program's repository and make the kit from there`],
    };
  const changed = (await git('status', '--porcelain', '--', '.', NOT_THE_PROGRAM)).split('\n').filter(Boolean);
  const problems = [
    ...(changed.length
      ? [
          `${changed.length} files of the program are not committed (${changed
            .slice(0, 3)
            .map((line) => line.slice(2).trim())
            .join(', ')}${changed.length > 3 ? ', …' : ''}); commit them or put them away`,
        ]
      : []),
    ...((await git('rev-parse', '--is-shallow-repository')) === 'true'
      ? ['the checkout of the program lacks its history; run: git fetch --unshallow']
      : []),
    ...((await git('ls-tree', '--name-only', 'HEAD', 'package-lock.json'))
      ? []
      : ['the program has no committed package-lock.json; without it other packages would be installed']),
  ];
  if (problems.length) return { problems };
  const branch = await git('symbolic-ref', '--quiet', 'HEAD');
  const bundle = await execa('git', ['bundle', 'create', '--quiet', '-', 'HEAD', ...(branch ? [branch] : [])], {
    cwd: dir,
    encoding: null,
  });
  return {
    program: {
      bundle: bundle.stdout,
      commit,
      committedAt: await git('show', '--no-patch', '--format=%cI', 'HEAD'),
    },
    problems,
  };
}

/** The commit that a bundle brings, by cloning it; undefined where it does not clone. */
export async function commitIn(bundle: string, into: string): Promise<string | undefined> {
  const clone = join(into, 'clone');
  const done = await execa('git', ['clone', '--quiet', '--bare', bundle, clone], { reject: false });
  return done.exitCode === 0 ? (await execa('git', ['rev-parse', 'HEAD'], { cwd: clone })).stdout.trim() : undefined;
}
