import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../scripts/lib/drill-report';
import { readHistory } from '../../drill/history/read';
import { historyTable, sparkline } from '../../drill/history/table';
import { median } from '../../drill/bench/statistics';
import { groups, trendOf } from '../../drill/history/trend';
import { main } from '../../scripts/fleet';
import { sampleReport, withoutFault } from './sample-report';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'fleet-history-'))));
afterEach(() => {
  jest.restoreAllMocks();
});

function drill(day: number, rto: number | null, change: Partial<Report> = {}): void {
  const report = {
    ...sampleReport(),
    startedAt: new Date(Date.UTC(2026, 0, day)).toISOString(),
    rto: { fresh: rto, cachedClient: rto, objectiveSeconds: 60 },
    ...change,
  };
  write(String(day), JSON.stringify(report));
}

function write(folder: string, text: string): void {
  mkdirSync(join(root, folder));
  writeFileSync(join(root, folder, 'report.json'), text);
}

test('reports of older versions are read, what is unreadable is named, links are no drills', () => {
  const { writes, steps: _steps, ...rest } = sampleReport();
  write(
    'old',
    JSON.stringify({
      ...rest,
      options: { size: 'small', seed: 1 },
      writes: { acknowledged: 10, recovered: 9, lost: [{}] },
    }),
  );
  write(
    'newer',
    JSON.stringify({ ...sampleReport(), startedAt: '2027-01-01T00:00:00.000Z', surprise: 1, verdict: 'postponed' }),
  );
  write('half', '{"stack":');
  write('other', JSON.stringify({ ...sampleReport(), rto: 'fast' }));
  mkdirSync(join(root, 'killed'));
  symlinkSync('old', join(root, 'latest'));
  const { drills, skipped } = readHistory(root);
  expect(drills.map(({ folder, lost, verdict }) => [folder, lost, verdict])).toEqual([
    ['old', 1, 'recovered'],
    ['newer', writes.lost.length, 'postponed'],
  ]);
  expect(skipped.map(({ folder }) => folder).sort()).toEqual(['half', 'killed', 'other']);
  expect(skipped.find(({ folder }) => folder === 'other')?.why).toContain('rto');
});

test('a folder that is not there yet has no drills', () => {
  const history = readHistory(join(root, 'none'));
  expect(history).toEqual({ drills: [], skipped: [] });
  expect(historyTable(history, [], 20)).toContain('fleet drill');
});

test.each([
  [[50, 40], { recent: 40, of: 1, before: 50, direction: 'better' }],
  [[40, 50], { direction: 'worse' }],
  [[40, 41], { direction: 'same' }],
  [[0.1, 0.5], { direction: 'same' }],
  [[40], { before: null, direction: null }],
  [[9, 9, 9, 90, 50, 51, 52, 53, 40, 41, 42, 43, 44], { recent: 42, of: 5, before: 52, direction: 'better' }],
])('trend of %j', (values, wanted) => {
  expect(trendOf('RTO', values)).toMatchObject(wanted);
});

test('a median lies in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test('only like is compared with like, and times of failed drills are left out', () => {
  drill(1, 50);
  drill(2, 99, { verdict: 'failed' });
  drill(3, 20, { options: { ...sampleReport().options, size: 'standard' } });
  drill(4, 21, { engine: 'official Pulumi CLI v3.259.0' });
  drill(5, 22, { fault: { kind: 'host-hung', at: sampleReport().startedAt } });
  drill(6, 23, { machine: { ...sampleReport().machine, cpus: 64 } });
  drill(7, 24, { cloud: 'DigitalOcean' });
  drill(8, 25, { options: { ...sampleReport().options, checkPreview: true } });
  drill(9, 40);
  write('10', JSON.stringify(withoutFault({ verdict: 'failed' })));
  const [first, ...others] = groups(readHistory(root).drills);
  expect(others).toHaveLength(6);
  expect(first).toMatchObject({ drills: 3, good: 2, rto: [50, 99, 40] });
  expect(first.trends[0]).toMatchObject({ recent: 40, before: 50, direction: 'better' });
});

test('times on a machine that others kept busy are shown and compared with nothing', () => {
  const share = (of: number) => ({
    share: { beforeFault: { others: 0, speed: 1, of: 1 }, sinceFault: { others: 1 - of, speed: 1, of } },
  });
  drill(1, 40, share(0.95));
  drill(2, 90, share(0.5));
  drill(3, 41);
  drill(4, null, { verdict: 'inconclusive' });
  const history = readHistory(root);
  const [group] = groups(history.drills);
  expect(group).toMatchObject({ drills: 4, good: 3, rto: [40, 90, 41, null] });
  expect(group.trends[0]).toMatchObject({ recent: 41, before: 40, direction: 'same' });
  const table = historyTable(history, groups(history.drills), 20);
  for (const text of ['50 %', '95 %', 'inconclusive']) expect(table).toContain(text);
});

test('a sparkline has a sign for each drill', () => {
  expect(sparkline([10, 20, null, 30])).toBe('▁▅×█');
  expect(sparkline([5, 5])).toBe('▁▁');
});

describe('fleet drill history', () => {
  let written: string;
  beforeEach(() => {
    written = '';
    process.env.FLEET_DRILLS_DIR = root;
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((written += String(text)), true));
    for (const day of [1, 2, 3]) drill(day, 40 + day);
  });
  afterEach(() => delete process.env.FLEET_DRILLS_DIR);

  test('--json belongs to it, and --limit bounds the drills but not the trend', async () => {
    await expect(main(['drill', 'history', '--json', '--limit', '2'])).resolves.toBe(0);
    const { drills, trends } = JSON.parse(written);
    expect(drills.map(({ folder }: { folder: string }) => folder)).toEqual(['2', '3']);
    expect(trends[0].drills).toBe(3);
  });

  test('the table names rehearsals as such', async () => {
    await expect(main(['drill', 'history', '--limit', '1'])).resolves.toBe(0);
    expect(written).toContain('2026-01-03 00:00');
    expect(written).not.toContain('2026-01-02 00:00');
    expect(written).toContain('rehearsal');
    expect(written).toContain('not the provider’s');
  });

  test('--help has examples', async () => {
    await expect(main(['drill', 'history', '--help'])).resolves.toBe(0);
    expect(written).toMatch(/Examples:\n +fleet drill history/);
  });
});
