/** What may be told to clients: measured on the cloud it speaks of, with production's data, lately, or not at all. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { claimOf } from '../../scripts/docs/claim';
import { MEASURED, expiryOf, measurementOf, readMeasurement, type Measurement } from '../../scripts/docs/measured';
import type { Report } from '../../scripts/lib/drill-report';
import { main } from '../../scripts/fleet';
import { UserError } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import { sampleReport } from '../drill/sample-report';

const GIB = 2 ** 30;
const production = { stack: 'alpha', bytes: 10 * GIB, readAt: '2026-01-02T00:00:00.000Z' };
const now = new Date('2026-01-02T00:00:00.000Z');
const real = (change: Partial<Report> = {}): Report => ({
  ...sampleReport(),
  cloud: 'DigitalOcean',
  engine: 'official Pulumi CLI',
  verdict: 'recovered',
  bytes: 12 * GIB,
  ...change,
});
const refusal = (report: Report, replaces?: Measurement): string => {
  try {
    measurementOf(report, production, now, replaces);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'taken';
};

test('a drill on the real cloud with production’s data is taken, with the time of the slower client', () => {
  expect(measurementOf(real(), production, now)).toEqual({
    measuredAt: sampleReport().endedAt,
    cloud: 'DigitalOcean',
    engine: 'official Pulumi CLI',
    fault: 'host-destroyed',
    seconds: 39.2,
    bytes: 12 * GIB,
    acknowledged: 202,
    lost: 1,
    production,
  });
});

test('exactly as much data as production is enough, one byte less is not', () => {
  expect(refusal(real({ bytes: production.bytes }))).toBe('taken');
  expect(refusal(real({ bytes: production.bytes - 1 }))).toContain('alpha holds 10.0 GiB');
});

test.each<[string, Partial<Report>, string]>([
  ['a rehearsal on the embedded cloud', { cloud: 'embedded cloud' }, 'it ran on "embedded cloud"'],
  [
    'an API that is served by the embedded cloud',
    { cloud: 'DigitalOcean API at http://198.18.0.1, served by the embedded cloud' },
    'served by the embedded cloud',
  ],
  ['the embedded engine', { engine: 'embedded engine' }, 'it ran with the embedded engine'],
  ['a drill that failed', { verdict: 'failed' }, 'it ended as failed'],
  [
    'a fault that is not the loss of a host',
    { fault: { kind: 'clock', at: sampleReport().startedAt } },
    'its fault was clock',
  ],
  ['a drill that ended before any fault', { fault: null }, 'its fault was none'],
  [
    'a drill with a preview in the way',
    { options: { ...sampleReport().options, checkPreview: true } },
    'a preview stood',
  ],
  [
    'a drill after which nobody was served',
    { rto: { fresh: null, cachedClient: 3, objectiveSeconds: 60 } },
    'no transaction succeeded',
  ],
  ['a drill that does not say how much data it held', { bytes: undefined }, 'does not say how much data'],
  ['a drill of long ago', { endedAt: '2025-11-17T00:00:00.000Z' }, 'older than 45 days'],
  ['a drill of the future', { endedAt: '2026-01-03T00:00:00.000Z' }, 'in the future'],
])('%s is refused', (_what, change, why) => {
  expect(refusal(real(change))).toContain(why);
});

test('everything that is wrong is said at once', () => {
  const message = refusal(real({ cloud: 'embedded cloud', bytes: 1, verdict: 'failed' }));
  for (const why of ['ended as failed', 'embedded cloud', 'holds 10.0 GiB']) expect(message).toContain(why);
});

test('an older drill does not replace a newer one', () => {
  const newer = { ...measurementOf(real(), production, now), measuredAt: '2026-01-01T20:00:00.000Z' };
  expect(refusal(real(), newer)).toContain('a newer one');
});

describe('what is said', () => {
  const measured = measurementOf(real(), production, now);

  test('under an hour, while the measurement counts', () => {
    const { sentence, rests } = claimOf('alpha', measured, now);
    expect(sentence).toContain('back in under an hour: 39 s');
    expect(sentence).toContain('12.0 GiB');
    expect(rests).toContain('201 of 202');
  });

  test('an hour or more is not under an hour', () => {
    const { sentence } = claimOf('alpha', { ...measured, seconds: 3600 }, now);
    expect(sentence).toContain('60 min 0 s');
    expect(sentence).not.toContain('under an hour');
  });

  test('nothing from the moment on at which it has run out, and how to measure', () => {
    const until = expiryOf(measured);
    expect(claimOf('alpha', measured, new Date(until.getTime() - 1)).sentence).toContain('under an hour');
    const { sentence, rests } = claimOf('alpha', measured, until);
    expect(sentence).not.toMatch(/hour|\d/);
    expect(rests).toContain('2026-01-01 and counted until 2026-02-15');
    expect(rests).toContain('bin/fleet docs --measured drills/latest/report.json --stack alpha');
  });

  test('nothing without a measurement', () => {
    const { sentence, rests } = claimOf('alpha', undefined, now);
    expect(sentence).not.toMatch(/hour|\d/);
    expect(rests).toContain('Withheld');
    expect(rests).toContain('bin/fleet drill --cloud digitalocean');
  });
});

describe('the committed file', () => {
  let folder: string;
  const put = (content: unknown): void => {
    const file = join(folder, MEASURED);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'measured-'))));
  const measured = measurementOf(real(), production, now);

  test('is read as it was written, and may be missing', () => {
    expect(readMeasurement(folder)).toBeUndefined();
    put(measured);
    expect(readMeasurement(folder)).toEqual(measured);
  });

  test.each<[string, unknown]>([
    ['a rehearsal', { ...measured, cloud: 'embedded cloud' }],
    ['too little data', { ...measured, bytes: 1 }],
    ['an unknown key', { ...measured, note: 'trust me' }],
    ['half a file', '{"measuredAt":'],
  ])('written by hand with %s is refused', (_what, content) => {
    put(content);
    expect(() => readMeasurement(folder)).toThrow(/docs\/measured\/latest.json is no measurement/);
  });
});

describe('the command', () => {
  let folder: string;
  const told: string[] = [];
  const report = (content: unknown): string => {
    const file = join(folder, 'report.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    told.length = 0;
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation((text) => (told.push(String(text)), true));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  test.each<[string, unknown, number, string]>([
    ['a rehearsal, without asking for a passphrase', sampleReport(), 1, 'it ran on "embedded cloud"'],
    ['what is no report', { verdict: 'recovered' }, 1, 'is not a report of a drill'],
    ['half a report', '{"stack":', 1, 'is not a report of a drill'],
  ])('refuses %s, and writes nothing', async (_what, content, code, why) => {
    const before = readMeasurement(projectDir);
    await expect(main(['docs', '--measured', report(content), '--stack', 'alpha'])).resolves.toBe(code);
    expect(told.join('')).toContain(why);
    expect(readMeasurement(projectDir)).toEqual(before);
  });

  test('a file that is not there is wrong usage', async () => {
    await expect(main(['docs', '--measured', join(folder, 'none.json'), '--stack', 'alpha'])).resolves.toBe(2);
  });
});
