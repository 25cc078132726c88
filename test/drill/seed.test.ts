import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, gitEnvironment } from '../../drill/seed/git';
import { buildRepository } from '../../drill/seed/git-data';
import { planSeed, type SeedPlan } from '../../drill/seed/plan';
import { bytes } from '../../drill/seed/random';
import { Gitea } from '../../drill/seed/gitea';
import type { Http } from '../../scripts/lib/http';
import { passcode, unusedPasscode } from '../../drill/seed/web';
import { sha256 } from '../../drill/seed/facts';

const plan = (seed: number, size: 'small' | 'standard' | 'large' = 'standard'): SeedPlan =>
  planSeed({
    seed,
    size,
    forge: { title: 'Forge', organization: 'acme', label: 'forge', signals: 'acme/signals' },
    samples: [{ repository: 'acme/hermes-allegro', ref: 'main', folder: 'hermes-agent' }],
  });

test('the same seed plans the same drill, another seed another one', () => {
  expect(plan(1)).toEqual(plan(1));
  expect(plan(2)).not.toEqual(plan(1));
});

test.each([1, 2, 3])('a standard drill holds what the rehearsal promises (seed %i)', (seed) => {
  const { repositories } = plan(seed);
  const issues = repositories.flatMap((repository) => repository.issues);
  expect(repositories.length).toBeGreaterThanOrEqual(50);
  expect(new Set(repositories.map(({ owner, name }) => `${owner}/${name}`)).size).toBe(repositories.length);
  expect(issues.length).toBeGreaterThanOrEqual(500);
  expect(issues.some(({ comments }) => comments.length > 0)).toBe(true);
  expect(issues.some(({ attachment }) => attachment)).toBe(true);
  expect(repositories.reduce((sum, { bytes: size }) => sum + size, 0)).toBeGreaterThan(290 * 2 ** 20);
  for (const part of ['lfs', 'wiki', 'tags', 'branches'] as const)
    expect(repositories.some((repository) => repository[part].length > 0)).toBe(true);
  expect(repositories.some(({ private: hidden }) => hidden)).toBe(true);
  expect(repositories.some(({ release }) => release)).toBe(true);
  expect(repositories.filter(({ webhook }) => webhook)).toHaveLength(1);
  // Two branches: one for the open pull request, one for the merged one.
  const pulls = repositories.filter((repository) => repository.pulls);
  expect(pulls.length).toBeGreaterThan(0);
  expect(pulls.every(({ branches }) => branches.length === 2)).toBe(true);
  expect(repositories.filter(({ release }) => release).every(({ release, tags }) => tags.includes(release!.tag))).toBe(
    true,
  );
});

test('whoever fills a forge tries again where its database is locked, and nowhere else', async () => {
  const answers = (...bodies: Array<[number, string]>) => {
    const asked: string[] = [];
    const send = async (method: string) => {
      asked.push(method);
      const [status, body] = bodies[asked.length - 1];
      return { status, body: Buffer.from(body), headers: {} };
    };
    return { asked, http: { send } as unknown as Http };
  };
  const locked: [number, string] = [500, '{"message":"database is locked"}'];
  const busy = answers(locked, locked, [201, '{"number":7}']);
  expect(
    await new Gitea(busy.http, 'http://forge', undefined, 3).as({ token: 't' }).post('/repos/o/r/pulls', {}),
  ).toEqual({ number: 7 });
  const other = answers([500, '{"message":"broken"}'], [201, '{}']);
  await expect(new Gitea(other.http, 'http://forge', undefined, 3).post('/x')).rejects.toThrow('answered 500: broken');
  expect(other.asked).toHaveLength(1);
  await expect(new Gitea(answers(locked).http, 'http://forge').post('/x')).rejects.toThrow('database is locked');
});

test('a small drill is small', () => {
  expect(plan(1, 'small').repositories).toHaveLength(8);
});

test('bytes come again by seed and label, and do not compress', () => {
  expect(sha256(bytes(1, 'a', 1000))).toBe(sha256(bytes(1, 'a', 1000)));
  expect(sha256(bytes(1, 'b', 1000))).not.toBe(sha256(bytes(1, 'a', 1000)));
  expect(new Set(bytes(1, 'a', 4096)).size).toBeGreaterThan(250);
});

test('a history is the same commit by commit for the same seed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-test-'));
  const env = await gitEnvironment({ baseUrl: 'http://127.0.0.1:1', user: 'u', token: 't', workDir: dir });
  const repository = { ...plan(1, 'small').repositories[0], bytes: 100_000 };
  const refs = async (name: string, seed: number) => {
    const lfs = await buildRepository(env, join(dir, name), seed, repository);
    expect(lfs).toHaveLength(repository.lfs.length);
    await git(env, ['fsck', '--strict'], { cwd: join(dir, name) });
    return git(env, ['for-each-ref', '--format=%(objectname) %(refname)'], { cwd: join(dir, name) });
  };
  const one = await refs('one', 1);
  expect(await refs('two', 1)).toBe(one);
  expect(await refs('three', 2)).not.toBe(one);
  expect(one.split('\n')).toHaveLength(1 + repository.branches.length + repository.tags.length);
});

test('git gets its password and its route by the environment alone', async () => {
  const env = await gitEnvironment({
    baseUrl: 'https://forge.drill.test',
    user: 'u',
    token: 'very-secret',
    resolve: async () => '198.18.0.128',
    workDir: tmpdir(),
  });
  const values = Object.entries(env)
    .filter(([name]) => name.startsWith('GIT_CONFIG_VALUE_'))
    .map(([, value]) => value);
  expect(values).toContain('forge.drill.test:443:198.18.0.128');
  expect(values).toContain(`Authorization: Basic ${Buffer.from('u:very-secret').toString('base64')}`);
});

test('a passcode is not given twice', () => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const now = Date.parse('2026-01-01T00:00:10Z');
  const used = new Set([passcode(secret, now)]);
  const next = unusedPasscode(secret, used, now);
  expect(next).not.toBe(passcode(secret, now));
  expect(next).toBe(passcode(secret, now + 30_000));
  unusedPasscode(secret, used, now);
  expect(() => unusedPasscode(secret, used, now)).toThrow(/every passcode/);
});
