/** Reads the whole forge back into facts, listing what is there instead of asking for what was written. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pMap from 'p-map';
import { messageOf } from '../../scripts/lib/errors';
import { withAdmin, type AdminAccess, type Forge } from '../forge';
import { LIVE_REPOSITORIES, type Account } from '../seed/account';
import { Facts, digest, sha256 } from '../seed/facts';
import { git, remoteRefs } from '../seed/git';
import { GiteaError } from '../seed/gitea';
import { issueValue } from '../seed/issues';
import { downloadLfs } from '../seed/lfs';
import { bare } from '../seed/people';
import { hookValue, pullValue, repositoryValue } from '../seed/repositories';
import { WebSession, unusedPasscode } from '../seed/web';

/** Owners of what the verifications of a host's services write; nobody else's. */
const PROBES = ['fleet-probe', 'fleet-api'];

interface Collecting extends AdminAccess {
  found: Facts;
  account: Account;
}

/** Facts of the forge as it is now, and what could not be read at all. */
export async function collect(
  forge: Forge,
  account: Account,
  onProgress: (note: string) => void = () => undefined,
): Promise<{ found: Facts; problems: string[] }> {
  const found = new Facts();
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>) =>
    work().catch((error) => void problems.push(`${what}: ${messageOf(error)}`));
  const read = async (admin: AdminAccess) => {
    const c: Collecting = { ...admin, found, account };
    await attempt('people', () => people(c));
    const repositories = (await c.gitea.list('/repos/search')).filter(
      (repository: any) => !PROBES.includes(repository.owner.login),
    );
    let done = 0;
    await pMap(
      repositories,
      async (repository: any) => {
        const path: string = repository.full_name;
        found.add('repository', path, repositoryValue(repository));
        if (!LIVE_REPOSITORIES.includes(repository.name)) {
          if (path !== account.plan.signals) await attempt(`${path}: database`, () => rows(c, path));
          await attempt(`${path}: git`, () => history(c, path));
          await attempt(`${path}: wiki`, () => wiki(c, path));
        }
        onProgress(`${++done} of ${repositories.length} repositories read back`);
      },
      { concurrency: 4 },
    );
    return { found, problems };
  };
  return withAdmin(forge, account.adminToken, read, { timeoutMs: 120_000 });
}

async function people(c: Collecting): Promise<void> {
  const ours = new Set(c.account.facts.list('user').map(({ id }) => id));
  for (const user of await c.gitea.list('/admin/users')) {
    if (ours.has(user.login)) c.found.add('user', user.login, user.email);
  }
  for (const org of await c.gitea.list('/orgs')) c.found.add('organization', org.username, org.visibility);
  for (const user of c.account.users) {
    const own = c.gitea.as({ token: user.token });
    const me = await own.get('/user').catch(ignoreStatus);
    if (me?.login === user.name) c.found.add('token', `${user.name}/drill`, 'works');
    for (const key of me ? await own.list('/user/keys') : [])
      c.found.add('key', `${user.name}/${key.title}`, bare(key.key));
    if (!user.totp) continue;
    const { totp } = user;
    const session = new WebSession(c.http, c.gitea.baseUrl);
    await session.login(user.name, user.password, () => unusedPasscode(totp, c.account.usedPasscodes));
    c.found.add('totp', user.name, 'works');
  }
}

/** What the database holds of one repository, with the content of its attachments. */
async function rows(c: Collecting, path: string): Promise<void> {
  for (const label of await c.gitea.list(`/repos/${path}/labels`))
    c.found.add('label', `${path}/${label.name}`, label.color.toLowerCase());
  const issues = await c.gitea.list(`/repos/${path}/issues?state=all&type=issues`);
  for (const issue of issues) {
    const id = `${path}#${issue.number}`;
    c.found.add('issue', id, issueValue({ ...issue, labels: (issue.labels ?? []).map((label: any) => label.name) }));
    await attachments(c, id, issue.assets);
  }
  if (issues.length) {
    for (const comment of await c.gitea.list(`/repos/${path}/issues/comments`)) {
      c.found.add(
        'comment',
        `${path}#${String(comment.issue_url || comment.pull_request_url)
          .split('/')
          .pop()}/${comment.id}`,
        digest(comment.body),
      );
    }
  }
  for (const pull of await c.gitea.list(`/repos/${path}/pulls?state=all`)) {
    c.found.add('pull', `${path}#${pull.number}`, pullValue({ ...pull, head: pull.head.sha, base: pull.base.ref }));
  }
  for (const release of await c.gitea.list(`/repos/${path}/releases`)) {
    const id = `${path}@${release.tag_name}`;
    c.found.add('release', id, digest(release.name, release.body));
    await attachments(c, id, release.assets);
  }
  for (const hook of await c.gitea.list(`/repos/${path}/hooks`))
    c.found.add('webhook', `${path}/${hook.id}`, hookValue(hook));
}

async function attachments(c: Collecting, id: string, assets: any[] | undefined): Promise<void> {
  for (const asset of assets ?? []) {
    const data = await c.gitea.download(asset.browser_download_url).catch(ignoreStatus);
    if (data) c.found.add('attachment', `${id}/${asset.uuid}`, sha256(data));
  }
}

/** Refs, and every object behind them: a clone checks each against its name. */
async function history(c: Collecting, path: string): Promise<void> {
  const url = `${c.gitea.baseUrl}/${path}.git`;
  const refs = await remoteRefs(c.gitEnv, url);
  const dir = join(c.workDir, `${path.replace('/', '__')}.clone`);
  try {
    await git(c.gitEnv, ['clone', '--quiet', '--mirror', url, dir]);
    for (const [ref, id] of refs) c.found.add('ref', `${path} ${ref}`, id);
    for (const fact of c.account.facts.list('lfs')) {
      if (!fact.id.startsWith(`${path}/`)) continue;
      const size = await lfsSize(c.gitEnv, dir, fact.value);
      const digestOf = size === undefined ? undefined : await downloadLfs(c.http, url, c.basic, fact.value, size);
      if (digestOf) c.found.add('lfs', fact.id, digestOf);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Size of an LFS object by the pointer in the repository that names it. */
async function lfsSize(env: Record<string, string>, dir: string, oid: string): Promise<number | undefined> {
  const found = await git(
    env,
    ['grep', '--no-color', '-h', '-A1', `^oid sha256:${oid}`, 'refs/heads/main', '--', '*.lfs'],
    { cwd: dir },
  ).catch(() => '');
  const size = /^size (\d+)$/m.exec(found)?.[1];
  return size === undefined ? undefined : Number(size);
}

async function wiki(c: Collecting, path: string): Promise<void> {
  const pages = await c.gitea.list(`/repos/${path}/wiki/pages`).catch((error) => {
    if (error instanceof GiteaError && error.status === 404) return [];
    throw error;
  });
  for (const page of pages) {
    const full = await c.gitea.get(`/repos/${path}/wiki/page/${encodeURIComponent(page.sub_url)}`);
    c.found.add('wiki', `${path}/${page.title}`, sha256(Buffer.from(full.content_base64, 'base64')));
  }
}

/** An answer such as 404 or 401 means that the thing is not there; anything else is a problem of its own. */
function ignoreStatus(error: unknown): undefined {
  if (error instanceof GiteaError) return undefined;
  throw error;
}
