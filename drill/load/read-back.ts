/** The rows that the load's repositories hold now, listed without asking the log. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitOf, withForge, type Forge } from '../forge';
import type { Account } from '../seed/account';
import { git } from '../seed/git';
import type { Gitea } from '../seed/gitea';
import { BRANCH, commentRow, commitRow, issueRow, labelRow, refRow, type Row } from './rows';

/** Everything, whether it was acknowledged or not; the same row twice when it is there twice. */
export async function readBack(forge: Forge, { adminToken }: Account, paths: string[]): Promise<Row[]> {
  const env = await gitOf(forge, forge.admin.name, adminToken);
  const read = async (gitea: Gitea) => {
    const rows: Row[] = [];
    for (const path of paths) rows.push(...(await database(gitea, path)), ...(await history(env, forge, path)));
    return rows;
  };
  return withForge(forge, adminToken, read, { timeoutMs: 120_000 });
}

async function database(gitea: Gitea, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const issue of await gitea.list(`/repos/${path}/issues?state=all&type=issues`)) {
    rows.push(issueRow(path, issue.title, issue.body));
    for (const label of issue.labels ?? []) rows.push(labelRow(path, issue.title, label.name));
  }
  for (const comment of await gitea.list(`/repos/${path}/issues/comments`)) {
    rows.push(commentRow(path, Number(String(comment.issue_url).split('/').pop()), comment.body));
  }
  return rows;
}

/** Every ref but the branch, and every commit of the branch. */
async function history(env: Record<string, string>, forge: Forge, path: string): Promise<Row[]> {
  const dir = join(forge.workDir, `${path.replace('/', '__')}.read-back`);
  const lines = (text: string) => text.split('\n').filter(Boolean);
  try {
    await git(env, ['clone', '--quiet', '--mirror', `${forge.baseUrl}/${path}.git`, dir]);
    const refs = lines(await git(env, ['for-each-ref', '--format=%(refname) %(objectname)'], { cwd: dir })).map(
      (entry) => entry.split(' '),
    );
    const rows = refs.filter(([ref]) => ref !== BRANCH).map(([ref = '', id = '']) => refRow(path, ref, id));
    if (rows.length === refs.length) return rows;
    for (const entry of lines(await git(env, ['rev-list', '--parents', BRANCH], { cwd: dir }))) {
      const [id = '', ...parents] = entry.split(' ');
      rows.push(commitRow(path, id, parents));
    }
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
