/** What a drill had of its machine, and what may then be judged. */
import { spawn } from 'node:child_process';
import fc from 'fast-check';
import {
  allProcesses,
  machineTicks,
  OwnProcesses,
  processTicks,
  type ProcessTicks,
} from '../../drill/machine/cpu-time';
import { MachineMeter } from '../../drill/machine/meter';
import { against, shareBetween, shareWords, starved, WHOLE, type Sample } from '../../drill/machine/share';

const process_ = (pid: number, parent: number, ticks: number, started = '1'): ProcessTicks => ({
  pid,
  parent,
  started,
  ticks,
});
/** One look a second at two cores, of which so many ticks a second were used. */
const samples = (rows: Array<{ used: number; own: number; workMs?: number }>): Sample[] => {
  let [used, own] = [0, 0];
  return rows.map((row, n) => ({
    at: n * 1000,
    total: n * 200,
    used: (used += row.used),
    own: (own += row.own),
    workMs: row.workMs ?? 5,
  }));
};
const none = { used: 0, own: 0 };

test('the kernel’s counters are read: interrupts are nobody’s, stolen time is others’', () => {
  expect(machineTicks('cpu  100 20 30 400 50 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n')).toEqual({
    total: 621,
    used: 158,
  });
});

test('a process is read whatever its name holds', () => {
  const stat = `7 (a) b (c) S 3 7 7 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0 987 1 2`;
  expect(processTicks(7, stat)).toEqual({ pid: 7, parent: 3, started: '987', ticks: 50 });
});

test('what is below the drill is the drill’s, also after its parent is gone; what has its pid later is not', () => {
  const own = new OwnProcesses([10]);
  expect(
    own.ticks([
      process_(1, 0, 900),
      process_(10, 1, 5),
      process_(11, 10, 7),
      process_(12, 11, 9),
      process_(20, 1, 100),
    ]),
  ).toBe(21);
  expect(own.ticks([process_(1, 0, 900), process_(10, 1, 5), process_(12, 1, 10), process_(20, 1, 100)])).toBe(15);
  expect(own.ticks([process_(1, 0, 900), process_(10, 1, 5), process_(12, 1, 10, '2'), process_(20, 1, 100)])).toBe(5);
});

test('a machine of its own is whole, one beside two busy programs is half, an idle core costs nothing', () => {
  expect(shareBetween(samples([none, { used: 150, own: 150 }, { used: 200, own: 200 }]), 0, 2000, 2)).toEqual(WHOLE);
  expect(shareBetween(samples([none, { used: 200, own: 100 }, { used: 200, own: 100 }]), 0, 2000, 2)).toEqual({
    others: 0.5,
    speed: 1,
    of: 0.5,
  });
  expect(shareBetween(samples([none, { used: 100, own: 0 }]), 0, 1000, 8).of).toBe(1);
});

test('a core that is half as fast is half a core, and a faster one excuses nothing', () => {
  expect(
    shareBetween(
      samples([
        { ...none, workMs: 10 },
        { ...none, workMs: 14 },
      ]),
      0,
      1000,
      2,
    ),
  ).toMatchObject({ speed: 0.5, of: 0.5 });
  expect(shareBetween(samples([{ ...none, workMs: 2 }, none]), 0, 1000, 2).of).toBe(1);
});

test('only what was between the moments counts', () => {
  const looks = samples([
    none,
    { used: 200, own: 0 },
    { used: 200, own: 200 },
    { used: 200, own: 200 },
    { used: 200, own: 0 },
  ]);
  expect(shareBetween(looks, 1000, 3000, 2).others).toBe(0);
  expect(shareBetween(looks, 0, 1000, 2).others).toBe(1);
});

test('a stretch in which somebody else reaped a process of the drill says nothing', () => {
  const looks = samples([none, { used: 200, own: 150 }]);
  looks.push({ ...looks[1], at: 2000, total: 400, used: 400, own: 10 });
  expect(shareBetween(looks, 0, 2000, 2).others).toBe(0.25);
});

test('a share is a share whatever was seen', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          used: fc.nat(200),
          own: fc.integer({ min: -50, max: 250 }),
          workMs: fc.double({ min: 0.5, max: 500, noNaN: true }),
        }),
        { minLength: 1 },
      ),
      fc.nat(9000),
      fc.nat(9000),
      (rows, from, to) => {
        const { others, of } = shareBetween(samples(rows), from, to, 2);
        for (const part of [others, of]) expect(part >= 0 && part <= 1).toBe(true);
      },
    ),
  );
});

describe('a figure against its objective', () => {
  const half = { others: 0.5, speed: 1, of: 0.5 };

  test('is met or missed on a machine of its own', () => {
    expect([against(60, 60, WHOLE), against(60.1, 60, WHOLE), against(null, 60, WHOLE)]).toEqual([
      { ok: true },
      { ok: false },
      { ok: false },
    ]);
  });

  test('is not judged where others may be the reason, and missed where they cannot', () => {
    expect(against(59, 60, half)).toEqual({ ok: true });
    expect(against(119, 60, half)).toEqual({ ok: false, inconclusive: true });
    expect(against(121, 60, half)).toEqual({ ok: false });
  });

  test('what never came is missed on any machine', () => {
    expect(against(null, 60, { others: 0.99, speed: 0.1, of: 0.01 })).toEqual({ ok: false });
  });

  test('less of the machine never makes a verdict harder', () => {
    const rank = ({ ok, inconclusive }: { ok: boolean; inconclusive?: true }) => (ok ? 2 : inconclusive ? 1 : 0);
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), part, part, (seconds, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(rank(against(seconds, 60, { ...WHOLE, of: less }))).toBeGreaterThanOrEqual(
          rank(against(seconds, 60, { ...WHOLE, of: more })),
        );
      }),
    );
  });
});

test('starved is what had clearly less than the machine, and the words say by whom', () => {
  expect([1, 0.9, 0.5].map((of) => starved({ of }))).toEqual([false, false, true]);
  expect(shareWords({ others: 0.52, speed: 0.98, of: 0.47 })).toBe(
    'other programs had 52 % of this machine, whose cores ran at 98 % of the reference',
  );
});

test('the meter counts a child’s work as its own', async () => {
  const meter = new MachineMeter();
  const from = Date.now();
  const child = spawn(process.execPath, ['-e', 'const until = Date.now() + 60_000; while (Date.now() < until);'], {
    stdio: 'ignore',
  });
  try {
    const used = () => meter.between(from, Date.now());
    // Until the child has had CPU time: how soon is the machine's affair.
    for (let tries = 0; tries < 500 && processTicksOf(child.pid!) < 20; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(processTicksOf(child.pid!)).toBeGreaterThanOrEqual(20);
    expect(used().others).toBeLessThan(1);
    expect(used().speed).toBeGreaterThan(0);
  } finally {
    child.kill('SIGKILL');
    meter.stop();
  }
});

function processTicksOf(pid: number): number {
  return new OwnProcesses([pid]).ticks(allProcesses());
}
