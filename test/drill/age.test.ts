/** The benchmark of old stores: what it writes is what the gateway lists, and a figure that is too large is told. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { age, figuresOf, seenAt, type Seen } from '../../drill/bench/age';
import { AgedStore } from '../../drill/bench/age/store';
import { figureSchema } from '../../drill/bench/result';
import { text, written } from '../../drill/bench/age/versions';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';

const RATES = { changeMs: 120_000, repositories: 3, pushesADay: 12 };
const { signal } = new AbortController();
const progress = { say: () => undefined } as never;
const seen: Seen[] = [];

beforeAll(async () => {
  for (const days of [1, 40]) seen.push(await seenAt(days, RATES, 1, { progress, signal }));
}, TOOLS_TIMEOUT_MS);

test('an older store holds more, and no more than retention leaves', () => {
  const [young, old] = seen.map(({ held }) => held);
  // Of the database of 40 days the last 56 hours are left, and what the proofs of the last nights keep.
  expect(old!.versions).toBeGreaterThan(2 * young!.versions);
  expect(old!.versions).toBeLessThan(10 * young!.versions);
  for (const { held, needed, costs } of seen) {
    expect(held.bytes).toBeGreaterThan(needed.live);
    for (const [one] of Object.values(costs)) expect(one).toMatchObject({ requests: expect.any(Number) });
  }
});

test('a cost that grew with age, and bytes that nobody needs, miss their targets', () => {
  const missed = (all: Seen[]) =>
    figuresOf(all, RATES, 'tiny').flatMap((one) => (figureSchema.parse(one).ok ? [] : [one.name]));
  const [young, old] = seen as [Seen, Seen];
  const grown = (by: number): Seen => ({
    ...old,
    costs: { ...old.costs, status: young.costs.status.map((one) => ({ ...one, requests: one.requests * by })) },
  });
  expect(missed([young, grown(1.1)])).not.toContain('status, requests');
  expect(missed([young, grown(1.2)])).toContain('status, requests');
  const { live, changed } = old.needed;
  expect(missed([young, { ...old, held: { ...old.held, bytes: 4 * (live + changed) } }])).toContain('bytes kept');
  const listed = { ...old, costs: { ...old.costs, preflight: [{ ...old.costs.preflight[0]!, listed: 10_061 }] } };
  expect(missed([young, listed])).toContain('objects listed');
  expect(Object.keys(age.targets)).toEqual(
    expect.arrayContaining(['status, requests', 'bytes kept', 'objects listed']),
  );
});

test('what the gateway lists otherwise than it was written ends it', async () => {
  const folder = mkdtempSync('/var/tmp/fleet-aged-');
  const store = await AgedStore.start(folder, ['bucket']);
  try {
    const at = Date.now() - 86_400_000;
    const unit = [
      ...text('1/a', at, 'one'),
      ...text('1/a', at + 1000, 'two'),
      ...written({ key: '1/hidden', at, size: 5, hiddenAt: at + 2000 }),
    ];
    expect(await store.write('bucket', [unit], signal)).toEqual({
      versions: 3,
      markers: 1,
      visible: 1,
      bytes: 11,
      inMarkers: 5,
    });
    await store.prove('bucket', [unit], signal);
    await expect(store.prove('bucket', [unit.slice(1)], signal)).rejects.toThrow(
      /lists 1\/a .* where 1\/a .* was written/,
    );
    const file = join(folder, 'buckets/bucket/1/hidden');
    execFileSync('setfattr', ['-x', 'user.delete-marker', file]);
    await expect(store.prove('bucket', [unit], signal)).rejects.toThrow(/below 1\/ the store lists 1\/hidden/);
  } finally {
    store.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
