/** Which services may be said to work in the drill: those that a passed drill saw come back. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rendered } from '../../scripts/docs/documents';
import { documented, placed } from '../../scripts/docs/fleet';
import { SEEN, merged, readSeen, seenIn, writeSeen, type SeenService } from '../../scripts/docs/seen';
import type { Report } from '../../scripts/lib/drill-report';
import { fleets } from '../../stacks';
import { sampleReport } from '../drill/sample-report';

type Row = NonNullable<Report['services']>[number];
const row = (service: string, change: Partial<Row> = {}): Row => ({
  host: 'alpha',
  service,
  critical: false,
  restart: null,
  rto: { seconds: 80.4, objectiveSeconds: 3600 },
  rpo: { seconds: 0.25, objectiveSeconds: 900 },
  transaction: { ok: true, said: 'verified' },
  ...change,
});
const report = (change: Partial<Report>): Report => ({ ...sampleReport(), verdict: 'recovered', ...change });

test('a passed drill says of each service that works when and how fast it came back', () => {
  const broken = row('strfry', { transaction: { ok: false, said: 'no answer' } });
  const never = row('metrics', { rto: { seconds: null, objectiveSeconds: 3600 } });
  expect(seenIn(report({ services: [row('gitea'), row('ollama', { rpo: null }), broken, never] }))).toEqual([
    {
      host: 'alpha',
      service: 'gitea',
      seenAt: sampleReport().endedAt,
      cloud: 'embedded cloud',
      seconds: 80.4,
      lostSeconds: 0.25,
    },
    {
      host: 'alpha',
      service: 'ollama',
      seenAt: sampleReport().endedAt,
      cloud: 'embedded cloud',
      seconds: 80.4,
      lostSeconds: null,
    },
  ]);
});

test.each<[string, Partial<Report>, RegExp]>([
  ['that failed', { verdict: 'failed', services: [row('gitea')] }, /it ended as failed/],
  ['of the forge alone', {}, /a drill of the forge alone/],
])('a drill %s says nothing', (_what, change, why) => {
  expect(() => seenIn(report(change))).toThrow(why);
});

const entry = (service: string, seenAt: string): SeenService => ({
  host: 'alpha',
  service,
  seenAt,
  cloud: 'embedded cloud',
  seconds: 80,
  lostSeconds: 0,
});

test('of two drills the newer counts, whichever is taken first', () => {
  const [old, young] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'].map((at) => entry('gitea', at));
  expect(merged([old], [young, entry('caddy', old.seenAt)])).toEqual([entry('caddy', old.seenAt), young]);
  expect(merged([young], [old])).toEqual([young]);
});

test('the gaps and the inventory say what was seen, and what was not', () => {
  const fleet = documented(fleets[0]);
  const all = placed(fleet).map(({ host, plan }) => ({
    ...entry(plan.name, '2026-01-01T00:00:00.000Z'),
    host: host.name,
  }));
  const of = (seen: SeenService[], file: string) => rendered({ fleet, seen, now: new Date() }).get(file) ?? '';
  const NOT = 'not yet seen to pass';
  expect(of(all, 'open-gaps.md')).not.toContain(NOT);
  expect(of([], 'open-gaps.md')).not.toContain('works in the drill, ');
  // One of two hosts is not enough.
  const lacking = of(
    all.filter(({ host, service }) => !(host === 'beta' && service === 'distress')),
    'open-gaps.md',
  );
  expect(
    lacking
      .split('\n')
      .filter((line) => line.includes(NOT))
      .map((line) => line.split(' | ')[0]),
  ).toEqual(['| Repository allegro-primus/first-steps', '| Father messages and distress signals']);
  expect(of(all, 'services.md')).toContain('2026-01-01, embedded cloud: back after 80 s, 0.0 s lost');
});

test('what is committed is read as it was written; what nobody’s drill wrote is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seen-'));
  expect(readSeen(folder)).toEqual([]);
  writeSeen(folder, [entry('gitea', '2026-01-01T00:00:00.000Z')]);
  expect(readSeen(folder)).toEqual([entry('gitea', '2026-01-01T00:00:00.000Z')]);
  mkdirSync(dirname(join(folder, SEEN)), { recursive: true });
  writeFileSync(join(folder, SEEN), '[{"service":"gitea"}]');
  expect(() => readSeen(folder)).toThrow(/not what a drill left there/);
});
