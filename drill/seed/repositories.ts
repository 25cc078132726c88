/** Repositories with their history, LFS, wiki, release, pull requests and webhook. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminAccess } from '../forge';
import type { SeededHook } from './account';
import { digest, sha256, type Facts } from './facts';
import { git, remoteRefs } from './git';
import { buildRepository } from './git-data';
import { uploadLfs } from './lfs';
import type { PlannedRepository } from './plan';
import { bytes } from './random';

export interface RepositorySeeding extends AdminAccess {
  facts: Facts;
  seed: number;
  organization: string;
  hookUrl?: string;
}

/** How a repository's own row is compared. */
export const repositoryValue = (repository: {
  description: string;
  private: boolean;
  default_branch: string;
}): string => digest(repository.description, repository.private, repository.default_branch);

/** Makes the empty repository. */
export async function createRepository(
  s: RepositorySeeding,
  plan: Pick<PlannedRepository, 'owner' | 'name' | 'description' | 'private'>,
): Promise<void> {
  const where = plan.owner === s.organization ? `/orgs/${plan.owner}/repos` : `/admin/users/${plan.owner}/repos`;
  await s.gitea.post(where, {
    name: plan.name,
    description: plan.description,
    private: plan.private,
    default_branch: 'main',
    auto_init: false,
  });
  s.facts.add('repository', `${plan.owner}/${plan.name}`, repositoryValue({ ...plan, default_branch: 'main' }));
}

/** Pushes the planned history; LFS objects go first, as a git-lfs client sends them. */
export async function pushHistory(s: RepositorySeeding, plan: PlannedRepository): Promise<void> {
  const path = `${plan.owner}/${plan.name}`;
  const dir = join(s.workDir, `${plan.owner}__${plan.name}.git`);
  const url = `${s.gitea.baseUrl}/${path}.git`;
  try {
    const objects = await buildRepository(s.gitEnv, dir, s.seed, plan);
    if (objects.length) {
      await uploadLfs(s.http, url, s.basic, objects);
      for (const { oid } of objects) s.facts.add('lfs', `${path}/${oid}`, oid);
    }
    await git(s.gitEnv, ['push', '--quiet', url, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'], { cwd: dir });
    const at = Date.now();
    for (const line of (await git(s.gitEnv, ['for-each-ref', '--format=%(objectname) %(refname)'], { cwd: dir })).split(
      '\n',
    )) {
      const [id = '', ref] = line.split(' ');
      if (ref) s.facts.add('ref', `${path} ${ref}`, id, at);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const NOTICED_MS = 600_000;

/** The forge notes after the answer to a push, in a queue of its own, that a repository is no longer empty. */
async function noticed(s: RepositorySeeding, path: string): Promise<void> {
  const until = Date.now() + NOTICED_MS;
  while ((await s.gitea.get(`/repos/${path}`)).empty) {
    if (Date.now() > until)
      throw new Error(`the forge still shows ${path} as empty ${NOTICED_MS / 1000} s after the push`);
    await sleep(200);
  }
}

/** Everything that needs the history to be there. */
export async function seedExtras(s: RepositorySeeding, plan: PlannedRepository): Promise<SeededHook | undefined> {
  const path = `${plan.owner}/${plan.name}`;
  if (plan.release || plan.pulls) await noticed(s, path);
  for (const title of plan.wiki) {
    const content = `# ${title}\n\nOf ${plan.name}.\n`;
    await s.gitea.post(`/repos/${path}/wiki/new`, {
      title,
      content_base64: Buffer.from(content).toString('base64'),
      message: `Add ${title}`,
    });
    s.facts.add('wiki', `${path}/${title}`, sha256(content));
  }
  if (plan.release) {
    const name = `Release ${plan.release.tag}`;
    const made = await s.gitea.post(`/repos/${path}/releases`, {
      tag_name: plan.release.tag,
      name,
      body: 'Made by the drill',
    });
    s.facts.add('release', `${path}@${plan.release.tag}`, digest(name, 'Made by the drill'));
    const data = bytes(s.seed, `${path}/release`, plan.release.attachment);
    const asset = await s.gitea.upload(`/repos/${path}/releases/${made.id}/assets?name=bundle.bin`, 'bundle.bin', data);
    s.facts.add('attachment', `${path}@${plan.release.tag}/${asset.uuid}`, sha256(data));
  }
  if (plan.pulls) await seedPulls(s, plan);
  return plan.webhook && s.hookUrl ? seedHook(s, path, s.hookUrl) : undefined;
}

/** How a pull request is compared. */
export const pullValue = (pull: {
  title: string;
  state: string;
  merged: boolean;
  head: string;
  base: string;
}): string => digest(pull.title, pull.state, pull.merged, pull.head, pull.base);

async function seedPulls(s: RepositorySeeding, plan: PlannedRepository): Promise<void> {
  const path = `${plan.owner}/${plan.name}`;
  for (const [index, head] of plan.branches.slice(0, 2).entries()) {
    const title = `Take ${head} into main`;
    const pull = await s.gitea.post(`/repos/${path}/pulls`, { title, head, base: 'main', body: 'Made by the drill' });
    const merge = index === 1;
    if (merge) await s.gitea.post(`/repos/${path}/pulls/${pull.number}/merge`, { Do: 'merge' });
    s.facts.add(
      'pull',
      `${path}#${pull.number}`,
      pullValue({ title, state: merge ? 'closed' : 'open', merged: merge, head: pull.head.sha, base: 'main' }),
    );
  }
  // Opening and merging write refs of their own; what the forge shows once it has acknowledged them is what must come back.
  const refs = await remoteRefs(s.gitEnv, `${s.gitea.baseUrl}/${path}.git`);
  for (const [ref, id] of refs) s.facts.add('ref', `${path} ${ref}`, id);
}

/** How a webhook is compared; the forge adds to the list of events what belongs to them. */
export const hookValue = (hook: { config: { url: string }; events: string[]; active: boolean }): string =>
  digest(hook.config.url, [...hook.events].sort(), hook.active);

async function seedHook(s: RepositorySeeding, path: string, url: string): Promise<SeededHook> {
  const secret = randomBytes(16).toString('hex');
  const hook = await s.gitea.post(`/repos/${path}/hooks`, {
    type: 'gitea',
    active: true,
    events: ['issues'],
    config: { url, content_type: 'json', secret },
  });
  s.facts.add('webhook', `${path}/${hook.id}`, hookValue(hook));
  return { repository: path, secret, url };
}
