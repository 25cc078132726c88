import fc from 'fast-check';
import { logAround, writeChecks } from '../../drill/compare/write-checks';
import { figuresOf, holes, judgeWrites, lossOf, type Strike } from '../../drill/compare/writes';
import { WriteLog, type Write } from '../../drill/load/log';
import { commitRow, commentRow, issueRow, labelRow, refRow, type Row } from '../../drill/load/rows';

const path = 'org/repo';
const AT = 100_000;
const strike: Strike = { at: AT, struckAt: AT + 100 };

const issue = (n: number, times: Partial<Write>): Write => {
  const row = issueRow(path, `write ${n}: title`, `body ${n}`);
  return { kind: 'issue', id: row.id, rows: [row], sentAt: 0, ...times };
};
const push = (n: number, times: Partial<Write>): Write => {
  const rows = [refRow(path, `refs/tags/write-${n}`, `c${n}`), commitRow(path, `c${n}`, n ? [`c${n - 1}`] : [])];
  return { kind: 'push', id: rows[0].id, rows, sentAt: 0, ...times };
};
const rowsOf = (writes: Write[]): Row[] => writes.flatMap(({ rows }) => rows);
const rows = (...writes: Write[]) => rowsOf(writes);

/** Writes of concurrent clients: each takes effect at some moment between its sending and its acknowledgement. */
const concurrent = fc
  .array(
    fc.record({
      sentAt: fc.integer({ min: 0, max: AT }),
      effect: fc.integer({ min: 0, max: 500 }),
      rest: fc.integer({ min: 1, max: 500 }),
      acknowledged: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list.map(({ sentAt, effect, rest, acknowledged }, n) => ({
      effectAt: sentAt + effect,
      write: (n % 3 === 0 ? push : issue)(
        n,
        acknowledged
          ? { sentAt, acknowledgedAt: sentAt + effect + rest }
          : { sentAt, failedAt: sentAt + effect + rest },
      ),
    })),
  );

test('what comes back as it was sent is recovered, with nothing lost and nothing invented', () => {
  fc.assert(
    fc.property(concurrent, (made) => {
      const writes = made.map(({ write }) => write);
      const judged = judgeWrites(writes, rowsOf(writes), strike);
      expect(judged).toMatchObject({
        lost: [],
        invented: [],
        recovered: writes.filter(({ acknowledgedAt }) => acknowledgedAt).length,
      });
    }),
  );
});

test('what was not acknowledged is neither lost nor invented, whether it is there or not', () => {
  fc.assert(
    fc.property(concurrent, fc.infiniteStream(fc.boolean()), (made, there) => {
      const writes = made.map(({ write }) => write);
      const found = rowsOf(writes.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined || there.next().value));
      const judged = judgeWrites(writes, found, strike);
      expect(judged.lost).toEqual([]);
      expect(judged.invented).toEqual([]);
      expect(judged.acknowledged.every(({ acknowledgedAt }) => acknowledgedAt !== undefined)).toBe(true);
    }),
  );
});

test('a forge that comes back as it was at some moment has lost only an end', () => {
  fc.assert(
    fc.property(concurrent, fc.integer({ min: 0, max: AT + 2000 }), (made, moment) => {
      const judged = judgeWrites(
        made.map(({ write }) => write),
        rowsOf(made.filter(({ effectAt }) => effectAt <= moment).map(({ write }) => write)),
        { at: AT + 2000, struckAt: AT + 2000 },
      );
      for (const dataset of ['gitea/database', 'gitea/repositories'] as const)
        expect(holes(judged, dataset, { at: AT + 2000, struckAt: AT + 2000 })).toEqual([]);
    }),
  );
});

test('a lost write is a hole exactly when something of its dataset that was sent after its acknowledgement is there', () => {
  fc.assert(
    fc.property(concurrent, fc.infiniteStream(fc.boolean()), (made, there) => {
      const writes = made.map(({ write }) => write);
      const back = writes.map((write) => ({ write, back: there.next().value }));
      const judged = judgeWrites(writes, rowsOf(back.filter((one) => one.back).map(({ write }) => write)), strike);
      const wanted = back.filter(
        ({ write, back: kept }) =>
          !kept &&
          write.kind === 'issue' &&
          write.acknowledgedAt !== undefined &&
          back.some(
            (other) => other.back && other.write.kind === 'issue' && other.write.sentAt > write.acknowledgedAt!,
          ),
      );
      expect(holes(judged, 'gitea/database', strike).map(({ id }) => id)).toEqual(wanted.map(({ write }) => write.id));
    }),
  );
});

test('what was sent to the rebuilt host may not be lost at all', () => {
  const late = issue(1, { sentAt: AT + 60_000, acknowledgedAt: AT + 60_010 });
  expect(holes(judgeWrites([late], [], strike), 'gitea/database', strike)).toHaveLength(1);
  const last = issue(1, { sentAt: AT + 50, acknowledgedAt: AT + 60 });
  expect(holes(judgeWrites([last], [], strike), 'gitea/database', strike)).toEqual([]);
});

test.each<[string, Row, Row]>([
  ['title', issueRow(path, 'write 1: a', 'b'), issueRow(path, 'write 1: x', 'b')],
  ['body', issueRow(path, 'write 1: a', 'b'), issueRow(path, 'write 1: a', 'x')],
  ['comment', commentRow(path, 7, 'write 2: a'), commentRow(path, 7, 'write 2: x')],
  ['commit', refRow(path, 'refs/tags/write-3', 'c3'), refRow(path, 'refs/tags/write-3', 'c2')],
  ['parent', commitRow(path, 'c3', ['c2']), commitRow(path, 'c3', ['c2', 'c1'])],
])('another %s than was sent is both lost and invented', (_what, row, other) => {
  const write: Write = { kind: 'issue', id: row.id, rows: [row], sentAt: 1, acknowledgedAt: 2 };
  const judged = judgeWrites([write], [other], strike);
  expect(judged.invented).toEqual([other]);
  expect(judged.lost.map((lost) => lossOf(lost, [other]).how)).toEqual(['different']);
});

test('a comment under another issue, an unknown tag and a label on another issue are inventions', () => {
  const write: Write = {
    kind: 'comment',
    id: 'x',
    rows: [commentRow(path, 7, 'write 2: a'), labelRow(path, 'write 1: t', 'ops')],
    sentAt: 1,
    acknowledgedAt: 2,
  };
  const found = [
    commentRow(path, 8, 'write 2: a'),
    refRow(path, 'refs/tags/v1', 'c1'),
    labelRow(path, 'write 5: t', 'ops'),
  ];
  expect(judgeWrites([write], found, strike).invented).toEqual(found);
});

test('what came back twice was invented once', () => {
  const write = issue(1, { sentAt: 1, acknowledgedAt: 2 });
  expect(judgeWrites([write], rows(write, write), strike)).toMatchObject({
    recovered: 1,
    lost: [],
    invented: write.rows,
  });
});

test('a push is recovered only with its tag and its place in the history', () => {
  const write = push(4, { sentAt: 1, acknowledgedAt: 2 });
  for (const row of write.rows)
    expect(judgeWrites([write], [row], strike)).toMatchObject({ recovered: 0, lost: [{ id: write.id }], invented: [] });
});

test('outcomes: acknowledged, in flight at the fault, failed before or after it', () => {
  const writes = [
    issue(1, { sentAt: 1, acknowledgedAt: 2 }),
    issue(2, { sentAt: AT - 10, acknowledgedAt: AT + 20 }),
    issue(3, { sentAt: AT - 10, failedAt: AT + 5000 }),
    issue(4, { sentAt: AT - 10 }),
    issue(5, { sentAt: AT - 10, failedAt: AT - 5 }),
    issue(6, { sentAt: AT + 1000, failedAt: AT + 2000 }),
  ];
  expect(judgeWrites(writes, [], strike).writes.map(({ outcome }) => outcome)).toEqual([
    'acknowledged',
    'acknowledged',
    'in-flight',
    'in-flight',
    'failed',
    'failed',
  ]);
});

describe('in the report', () => {
  const writes = [
    ...Array.from({ length: 50 }, (_, n) =>
      issue(n, { sentAt: AT - 5000 + n * 100, acknowledgedAt: AT - 4950 + n * 100 }),
    ),
    issue(98, { sentAt: AT - 5, failedAt: AT + 5000 }),
    push(99, { sentAt: AT - 10, failedAt: AT + 5000 }),
    ...Array.from({ length: 20 }, (_, n) =>
      issue(100 + n, { sentAt: AT + 500 + n, failedAt: AT + 600 + n, why: 'no route' }),
    ),
    ...Array.from({ length: 9 }, (_, n) => issue(200 + n, { sentAt: AT + 9000 + n, acknowledgedAt: AT + 9100 + n })),
  ];
  const judged = judgeWrites(writes, rowsOf(writes), strike);

  test('rates are of what was acknowledged between the start and the fault', () => {
    expect(figuresOf(writes, AT - 5000, AT)).toEqual({
      seconds: 5,
      database: { acknowledged: 50, perSecond: 10 },
      pushes: { acknowledged: 0, perSecond: 0 },
      inFlight: { database: 1, pushes: 1 },
      failed: 0,
    });
  });

  test('the log shows the last writes before the fault, the first failures and the first that were acknowledged again', () => {
    const shown = logAround(judged, strike);
    expect(shown).toHaveLength(40 + 10 + 5);
    expect(shown.map(({ sentAt }) => sentAt)).toEqual([...shown.map(({ sentAt }) => sentAt)].sort());
    expect(shown.filter(({ outcome }) => outcome === 'in-flight').map(({ at, kind }) => [at, kind])).toEqual([
      [null, 'push'],
      [null, 'issue'],
    ]);
  });

  test('a push that the fault left unanswered is in the log however many writes were sent after it', () => {
    const quick = Array.from({ length: 60 }, (_, n) =>
      issue(n, { sentAt: AT - 900 + n, acknowledgedAt: AT - 890 + n }),
    );
    const slow = push(99, { sentAt: AT - 1000 });
    const shown = logAround(judgeWrites([slow, ...quick], rows(...quick), strike), strike);
    expect(shown.map(({ id }) => id)).toContain(slow.id);
    expect(shown).toHaveLength(1 + 40);
  });

  test('work in flight of which nothing is lost passes every check, however slowly it was acknowledged', () => {
    const slow = [...writes, push(300, { sentAt: AT - 3_000_000, acknowledgedAt: AT - 10 })];
    const checks = writeChecks(judgeWrites(slow, rowsOf(slow), strike), figuresOf(slow, AT - 3_600_000, AT), strike);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks[0].detail).toBe(
      '50 writes to the database and 1 pushes acknowledged in 3600.0 s (0.0 and 0.0 a second)',
    );
  });

  test('a drill without an acknowledged push proves nothing of pushes', () => {
    expect(
      writeChecks(judged, figuresOf(writes, AT - 5000, AT), strike)
        .filter(({ ok }) => !ok)
        .map(({ name }) => name),
    ).toEqual(['work before the fault']);
  });

  test('a lost push, a hole and an invention each fail a check of their own', () => {
    const log = [
      push(0, { sentAt: 1, acknowledgedAt: 2 }),
      push(1, { sentAt: 3, acknowledgedAt: 4 }),
      issue(2, { sentAt: 1, acknowledgedAt: 2 }),
      issue(3, { sentAt: 3, acknowledgedAt: 4 }),
    ];
    const failing = (...found: Row[]) =>
      writeChecks(judgeWrites(log, found, strike), figuresOf(log, 0, AT), strike)
        .filter(({ ok, name }) => !ok && !/work|flight/.test(name))
        .map(({ name }) => name);
    expect(failing(...rowsOf(log))).toEqual([]);
    expect(failing(...rows(log[0], log[2], log[3]))).toEqual(['no acknowledged push lost']);
    expect(failing(...rows(log[1], log[2], log[3]))).toEqual([
      'only the end of gitea/repositories may be lost',
      'no acknowledged push lost',
    ]);
    expect(failing(...rows(log[0], log[1], log[3]))).toEqual(['only the end of gitea/database may be lost']);
    expect(failing(...rowsOf(log), refRow(path, 'refs/heads/other', 'c9'))).toEqual(['nothing invented']);
  });
});

test('the log knows what is in flight and when it was answered', async () => {
  let now = 1000;
  const log = new WriteLog(() => now);
  let answer: (value: string) => void = () => undefined;
  const open = log.send(
    'issue',
    [issueRow(path, 'write 1: t', 'b')],
    () => new Promise<string>((resolve) => (answer = resolve)),
  );
  const failing = log.send('push', [commitRow(path, 'c2', ['c1'])], async () => Promise.reject(new Error('gone')));
  expect(log.inFlight()).toEqual({ database: 1, pushes: 1 });
  now = 1500;
  await expect(failing).rejects.toThrow('gone');
  answer('made');
  expect(await open).toBe('made');
  expect(log.inFlight()).toEqual({ database: 0, pushes: 0 });
  expect(log.writes).toMatchObject([
    { kind: 'issue', sentAt: 1000, acknowledgedAt: 1500 },
    { kind: 'push', failedAt: 1500, why: 'gone' },
  ]);
  expect(log.acknowledgedSince(1000)).toBe(false);
  expect(log.acknowledged).toEqual({ database: 1, pushes: 0 });
});
