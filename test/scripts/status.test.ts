import { judgeSite, type Told } from '../../scripts/status/sites';
import { declarations } from '../../stacks';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServicePlan } from '../../services';
import { whatIsMissing } from '../../drill/phases/seed';
import { heartbeatSchema, type Heartbeat } from '../../components/store/heartbeats';
import { commandLine } from '../../scripts/restore/restore';
import { alarmLines, tell } from '../../scripts/status/alarm';
import { judge, judgeCertificates, judgePoint, judgeProof, type Stored } from '../../scripts/status/judge';
import { judgeStandby } from '../../scripts/status/staged';
import type { Evidence } from '../../scripts/verify/evidence';

const now = Date.parse('2026-01-01T00:10:00Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

const gitea = {
  name: 'gitea',
  objectives: { rpoSeconds: 5, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
  dataset: {
    owner: 'gitea',
    database: { path: '/db' },
    repositories: { root: '/r' },
    files: { paths: ['/f'], exclude: [], settleSeconds: 1, intervalSeconds: 300 },
  },
} as unknown as ServicePlan;

const beat = (change: { at?: string } = {}, parts: object = {}): Heartbeat => ({
  storedAt: Date.parse(change.at ?? ago(5)),
  ...shown(change, parts),
});
const shown = (change: object, parts: object) =>
  heartbeatSchema.parse({
    at: ago(5),
    host: 'alpha',
    incarnation: '7',
    keyFingerprint: '0123456789abcdef',
    datasets: {
      gitea: {
        bytes: 1,
        database: { newest: ago(6) },
        repositories: { newest: ago(400), pending: 0 },
        files: { newest: ago(200), covered: ago(100) },
        ...parts,
      },
    },
    ...change,
  });
/** What the store holds of each part, by its newest object. */
const stored = (parts: object = {}): Stored => {
  const points = { database: ago(6), repositories: ago(399), files: ago(199), ...parts };
  const told = Object.entries(points).map(([part, at]) => [part, { at, objects: [] }]);
  return { gitea: { first: { plan: { parts: Object.fromEntries(told) } } } } as unknown as Stored;
};
const judged = (beats: Heartbeat[], held = stored()) => judge('alpha', [gitea], beats, held, now);
const stale = (beats: Heartbeat[], held?: Stored) => judged(beats, held).filter((row) => row.stale);

test('a host that reports is fine, also when nobody has pushed for a while', () => {
  const rows = judged([beat()]);
  expect(rows.map(({ part, stale: bad }) => [part, bad])).toEqual([
    ['database', false],
    ['repositories', false],
    ['files', false],
  ]);
  expect(rows[0]).toMatchObject({ lagSeconds: 1, heartbeatAgeSeconds: 5, incarnation: '7', objectiveSeconds: 5 });
});

test.each([
  ['no heartbeat at all', [], 3, /no heartbeat/],
  [
    'a host that says that something is wrong',
    [beat({ alarms: ['its disk is full'] } as object)],
    3,
    /its disk is full/,
  ],
  ['a silent host', [beat({ at: ago(120) })], 3, /silent for 120 s/],
  ['pushes that wait', [beat({}, { repositories: { newest: ago(400), pending: 2 } })], 1, /2 repositories wait/],
  ['a file backup that stopped', [beat({}, { files: { newest: ago(700) } })], 1, /no backup for/],
])('%s is loud', (_what, beats, count, reason) => {
  const rows = stale(beats);
  expect(rows).toHaveLength(count);
  expect(rows[0].reason).toMatch(reason);
});

test('what the store holds is told, whatever the host says of it', () => {
  const missing = (problem: object) => ({ gitea: { problem: '', ...problem } }) as Stored;
  expect(judged([beat()], stored({ database: ago(9) }))[0]).toMatchObject({ newest: ago(9), stale: false });
  expect(stale([beat()], {})[0]).toMatchObject({ newest: null, reason: 'the store holds no restorable point' });
  expect(stale([beat()], missing({ problem: 'hidden since', hidden: {} }))[0]?.reason).toBe('hidden since');
  expect(stale([beat()], stored({ repositories: ago(700) }))).toMatchObject([
    { part: 'repositories', reason: expect.stringMatching(/300 s older than what the host says it stored/) },
  ]);
  // A host whose clock is an hour behind claims nothing that is not there.
  const behind = { ...beat({ at: ago(3605) }, { database: { newest: ago(3606) } }), storedAt: Date.parse(ago(5)) };
  expect(judged([behind])[0]).toMatchObject({ part: 'database', stale: false });
});

test('a dead host is judged by its last heartbeat, not by now', () => {
  const [row] = judged([beat({ at: ago(3600) }, { database: { newest: ago(3602) } })]);
  expect(row).toMatchObject({ stale: true, lagSeconds: 2 });
});

test('the drill waits for each part of the dataset', () => {
  const newest = { database: now - 6000, files: now - 100_000 };
  expect(whatIsMissing(beat(), newest)).toBe('');
  expect(whatIsMissing(undefined, newest)).toContain('no heartbeat');
  expect(whatIsMissing(beat(), { ...newest, database: now })).toContain('database');
  expect(whatIsMissing(beat(), { ...newest, files: now })).toContain('files');
  expect(whatIsMissing(beat({}, { repositories: { newest: ago(1), pending: 1 } }), newest)).toContain(
    'wait to be shipped',
  );
});

test('a restore passes plain arguments, and an id cannot carry a command', () => {
  expect(commandLine('gitea', { host: 'alpha', at: '2026-01-01T00:00:00Z', dryRun: true })).toBe(
    '/usr/local/lib/fleet/restore gitea --dry-run',
  );
  expect(commandLine('gitea', { host: 'alpha', replaceNewer: '1002@2026-11-21T16:07:57Z' })).toContain(
    '--replace-newer 1002@2026-11-21T16:07:57Z',
  );
  expect(() => commandLine('gitea', { host: 'alpha', replaceNewer: 'x; reboot' })).toThrow(
    /--replace-newer takes an id/,
  );
});

test('an alarm names each cause once, with what it concerns', () => {
  const datasets = judged([beat({ at: ago(120) })]);
  const certificates = [judgeCertificates('alpha', [beat({ pendingCertificates: ['forge.example.org'] } as object)])];
  const proofs = [judgeProof('alpha', undefined, 3600, now)];
  const standbys = [judgeStandby('alpha', undefined, 5, now)];
  expect(
    alarmLines({
      stack: 'alpha',
      datasets,
      certificates,
      points: [judgePoint('alpha', undefined, now)],
      proofs,
      standbys,
      sites: [{ host: 'store-2', detail: '', reason: 'its copy is old' }],
    }),
  ).toEqual([
    'alpha of alpha: the host has been silent for 120 s (gitea/database, gitea/repositories, gitea/files)',
    'alpha of alpha: its certificate for forge.example.org is pending, so clients refuse it; see journalctl -u caddy there',
    'alpha of alpha: nothing of its backups is kept by a proof yet; run fleet verify',
    'alpha of alpha: its backups were never proved by a restore; run fleet verify',
    'alpha of alpha: its standby has staged nothing yet; run the update that makes it',
    'store-2 of alpha: its copy is old',
  ]);
  expect(
    alarmLines({
      stack: 'alpha',
      datasets: judged([beat()]),
      certificates: [judgeCertificates('alpha', [beat()])],
      points: [],
      proofs: [],
      standbys: [],
      sites: [],
    }),
  ).toEqual([]);
});

test.each<[string, Partial<Evidence>, RegExp | undefined]>([
  ['a proof of this night', {}, undefined],
  [
    'one that failed',
    { ok: false, checks: [{ name: 'gitea verified', ok: false, detail: '' }] },
    /failed: gitea verified/,
  ],
  ['one of last week', { endedAt: ago(7 * 86_400) }, /last proved 168 h ago, expected every 30 h/],
])('%s is judged', (_what, change, reason) => {
  const evidence = {
    stack: 'alpha',
    host: 'alpha',
    startedAt: ago(7200),
    endedAt: ago(3600),
    engine: 'e',
    restored: [],
    checks: [],
    ok: true,
    ...change,
  };
  const judged = judgeProof('alpha', evidence, 30 * 3600, now);
  if (reason) expect(judged.reason).toMatch(reason);
  else expect(judged).toEqual({ host: 'alpha', at: evidence.endedAt });
});

test.each<[string, string | undefined, RegExp | undefined]>([
  ['a point of last night', ago(25 * 3600), undefined],
  ['one of the night before', ago(49 * 3600), /newest kept point is 49 h old \(2025-12-29/],
  ['none', undefined, /nothing of its backups is kept/],
])('%s is judged', (_what, newest, reason) => {
  const judged = judgePoint('alpha', newest, now);
  if (reason) expect(judged.reason).toMatch(reason);
  else expect(judged).toEqual({ host: 'alpha', at: newest });
});

test('a standby that missed its times is loud, one that is on its way is not', () => {
  const staged = (seconds: number) => ({
    at: ago(seconds),
    storedAt: now - seconds * 1000,
    incarnation: '8',
    everyMinutes: 5,
    datasets: {},
  });
  expect(judgeStandby('alpha', staged(600), 5, now)).toEqual({ host: 'alpha', stagedAt: ago(600) });
  expect(judgeStandby('alpha', staged(720), 5, now).reason).toMatch(/staged 12 min ago, expected every 5 min/);
});

test('every declared place is told, and one that does not take it is named without its address', async () => {
  const got: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request
      .on('data', (data) => (body += data))
      .on('end', () => {
        got.push(body);
        response.writeHead(request.url === '/secret' ? 404 : 200).end();
      });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(tmpdir(), `fleet-alarm-${process.pid}`);
  try {
    await tell({ command: ['tee', file], webhook: url }, 'alpha is silent');
    expect(readFileSync(file, 'utf8')).toBe('alpha is silent\n');
    expect(got).toEqual(['{"text":"alpha is silent"}']);
    const deaf = await tell({ command: ['false'], webhook: `${url}/secret` }, 'x').catch(
      (error: Error) => error.message,
    );
    expect(deaf).toMatch(/the program false did not take it.*the webhook did not take it \(it answered 404\)/);
    expect(deaf).not.toContain('/secret');
    await expect(tell({}, 'x')).rejects.toThrow(/nobody would hear it/);
  } finally {
    server.close();
    rmSync(file, { force: true });
  }
});

describe('a site of a store', () => {
  const second = declarations.store.hosts[1];
  const told: Told = {
    freePercent: 60,
    daysUntilFull: null,
    pulled: { begunAt: ago(600), refused: [] },
    scrubbed: { finishedAt: ago(86_400), objects: 3, bytes: 9, points: 1, damaged: [], missing: [] },
  };
  const judgedSite = (change: Partial<Told>, host = second) =>
    judgeSite(host, { ...told, ...change }, declarations.store.sites!, now);

  test('that is well says how it is', () => {
    expect(judgedSite({})).toEqual({
      host: 'store-2',
      detail: '60 % of its disk is free, its copy is 10m00s old, 3 versions were read 1 days ago',
    });
    // The first site follows nobody.
    expect(judgedSite({ pulled: null }, declarations.store.hosts[0]).reason).toBeUndefined();
  });

  const wrong = { bucket: 'b', key: 'k', versionId: 'v', why: 'it is not there' };
  test.each<[string, Partial<Told>, RegExp]>([
    [
      'that is behind',
      { pulled: { begunAt: ago(3700), refused: [] } },
      /its copy is 61m40s old, and 60m00s is too old/,
    ],
    ['that never followed', { pulled: null }, /it never followed the first site/],
    [
      'that is offered damage',
      { pulled: { begunAt: ago(1), refused: ['buckets/b/k'] } },
      /1 damaged objects that are whole here \(buckets\/b\/k\)/,
    ],
    ['that has little room', { freePercent: 9 }, /9 % of its disk is free/],
    ['that fills up', { daysUntilFull: 20 }, /full in 20 days at the pace of the last ones/],
    [
      'where a scrub found something',
      { scrubbed: { ...told.scrubbed!, missing: [wrong] } },
      /1 objects are not what was written/,
    ],
    [
      'that is read no more',
      { scrubbed: { ...told.scrubbed!, finishedAt: ago(63 * 86_400) } },
      /last read 63 days ago/,
    ],
  ])('%s is told', (_what, change, reason) => expect(judgedSite(change).reason).toMatch(reason));
});
