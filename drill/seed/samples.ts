/**
 * Small runnable samples of the repositories that the fleet runs from and works in: the real ones are not public. A sample that is
 * pinned to a ref gets a tag of that name and one more commit on main, so that a checkout at the wrong one is seen.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plansOf, type ServicePlan } from '../../services';
import type { Declaration } from '../../stacks';
import type { Settings } from '../../stacks/model/settings';
import { git } from './git';
import { createRepository, type RepositorySeeding } from './repositories';

export interface Sample {
  /** `owner/name`. */
  repository: string;
  ref: string;
  /** Folder of what stands in for it. */
  folder: string;
}

const FOLDER = join(__dirname, 'samples');

/** What the services of these stacks run from, and what their agents work in; each once. */
export function samplesOf(declarations: Declaration[], settings: Settings): Sample[] {
  const sources = declarations.flatMap((declaration) =>
    declaration.hosts.flatMap((host) =>
      plansOf(declaration, host, settings).flatMap((plan) =>
        plan.source ? [{ ...plan.source, folder: folderOf(plan) }] : [],
      ),
    ),
  );
  const others = declarations.flatMap(({ repositories }) =>
    repositories.map(({ repository }) => ({ repository, ref: 'main', folder: join(FOLDER, 'plain') })),
  );
  const all = [...sources, ...others];
  return all.filter(({ repository }, index) => all.findIndex((other) => other.repository === repository) === index);
}

/** What a service's repository is stood in for by: its own sample, or that of its kind. */
function folderOf({ name, kind }: ServicePlan): string {
  const folder = [name, kind].map((one) => join(FOLDER, one)).find((one) => existsSync(one));
  if (!folder) throw new Error(`there is no sample of ${name} in ${FOLDER}`);
  return folder;
}

/** Makes the repository and pushes its sample. */
export async function seedSample(s: RepositorySeeding, { repository, ref, folder }: Sample): Promise<void> {
  const [owner = '', name = ''] = repository.split('/');
  if (owner !== s.organization && !(await s.gitea.exists(`/users/${owner}`))) {
    const password = randomBytes(18).toString('base64url');
    await s.gitea.post('/admin/users', {
      username: owner,
      email: `${owner}@drill.invalid`,
      password,
      must_change_password: false,
    });
    s.facts.add('user', owner, `${owner}@drill.invalid`);
  }
  await createRepository(s, { owner, name, description: `Sample of ${name}`, private: false });
  const dir = join(s.workDir, `${owner}__${name}`);
  const refs = ['refs/heads/main'];
  try {
    cpSync(folder, dir, { recursive: true });
    await git(s.gitEnv, ['init', '--quiet', '--initial-branch=main', dir]);
    await commit(s, dir, `Sample of ${name}`);
    if (ref !== 'main') {
      await git(s.gitEnv, ['tag', ref], { cwd: dir });
      refs.push(`refs/tags/${ref}`);
      writeFileSync(join(dir, 'AFTER'), `newer than ${ref}\n`);
      await commit(s, dir, `After ${ref}`);
    }
    await git(
      s.gitEnv,
      ['push', '--quiet', `${s.gitea.baseUrl}/${repository}.git`, ...refs.map((name) => `${name}:${name}`)],
      { cwd: dir },
    );
    for (const name of refs)
      s.facts.add('ref', `${repository} ${name}`, await git(s.gitEnv, ['rev-parse', name], { cwd: dir }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function commit(s: RepositorySeeding, dir: string, message: string): Promise<void> {
  await git(s.gitEnv, ['add', '--all'], { cwd: dir });
  await git(s.gitEnv, ['commit', '--quiet', '--message', message], { cwd: dir });
}
