import type { ServicePlan } from '../../services';
import { whatIsMissing } from '../../scripts/drill/phases/seed';
import { heartbeatSchema, type Heartbeat } from '../../scripts/lib/store';
import { commandLine } from '../../scripts/restore/restore';
import { judge } from '../../scripts/status/judge';

const now = Date.parse('2026-01-01T00:10:00Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

const gitea = {
  name: 'gitea',
  objectives: { rpoSeconds: 5, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
  dataset: { owner: 'gitea', database: { path: '/db' }, repositories: { root: '/r' }, files: { paths: ['/f'], exclude: [], settleSeconds: 1, intervalSeconds: 300 } },
} as unknown as ServicePlan;

const beat = (change: { at?: string } = {}, parts: object = {}): Heartbeat => ({ storedAt: Date.parse(change.at ?? ago(5)), ...shown(change, parts) });
const shown = (change: object, parts: object) =>
  heartbeatSchema.parse({
    at: ago(5),
    host: 'alpha',
    incarnation: '7',
    datasets: { gitea: { database: { newest: ago(6) }, repositories: { newest: ago(400), pending: 0 }, files: { newest: ago(100) }, ...parts } },
    ...change,
  });
const stale = (beats: Heartbeat[]) => judge('alpha', [gitea], beats, now).filter((row) => row.stale);

test('a host that reports is fine, also when nobody has pushed for a while', () => {
  const rows = judge('alpha', [gitea], [beat()], now);
  expect(rows.map(({ part, stale: bad }) => [part, bad])).toEqual([
    ['database', false],
    ['repositories', false],
    ['files', false],
  ]);
  expect(rows[0]).toMatchObject({ lagSeconds: 1, heartbeatAgeSeconds: 5, incarnation: '7', objectiveSeconds: 5 });
});

test.each([
  ['no heartbeat at all', [], 3, /no heartbeat/],
  ['a host that says that something is wrong', [beat({ alarms: ['its disk is full'] } as object)], 3, /its disk is full/],
  ['a silent host', [beat({ at: ago(120) })], 3, /silent for 120 s/],
  ['a dataset without a point', [beat({}, { database: { newest: null } })], 1, /no restorable point/],
  ['pushes that wait', [beat({}, { repositories: { newest: ago(1), pending: 2 } })], 1, /2 repositories wait/],
  ['a file backup that stopped', [beat({}, { files: { newest: ago(700) } })], 1, /no backup for/],
])('%s is loud', (_what, beats, count, reason) => {
  const rows = stale(beats);
  expect(rows).toHaveLength(count);
  expect(rows[0].reason).toMatch(reason);
});

test('a dead host is judged by its last heartbeat, not by now', () => {
  const [row] = judge('alpha', [gitea], [beat({ at: ago(3600) }, { database: { newest: ago(3602) } })], now);
  expect(row).toMatchObject({ stale: true, lagSeconds: 2 });
});

test('the drill waits for each part of the dataset', () => {
  const newest = { database: now - 6000, files: now - 100_000 };
  expect(whatIsMissing(beat(), newest)).toBe('');
  expect(whatIsMissing(undefined, newest)).toContain('no heartbeat');
  expect(whatIsMissing(beat(), { ...newest, database: now })).toContain('database');
  expect(whatIsMissing(beat(), { ...newest, files: now })).toContain('files');
  expect(whatIsMissing(beat({}, { repositories: { newest: ago(1), pending: 1 } }), newest)).toContain('wait to be shipped');
});

test('a restore passes plain arguments, and an id cannot carry a command', () => {
  expect(commandLine('gitea', { host: 'alpha', at: '2026-01-01T00:00:00Z', dryRun: true })).toBe('/usr/local/lib/fleet/restore gitea --at 2026-01-01T00:00:00Z --dry-run');
  expect(commandLine('gitea', { host: 'alpha', replaceNewer: '1002@2026-11-21T16:07:57Z' })).toContain('--replace-newer 1002@2026-11-21T16:07:57Z');
  expect(() => commandLine('gitea', { host: 'alpha', replaceNewer: 'x; reboot' })).toThrow(/--replace-newer takes an id/);
});
