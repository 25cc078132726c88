/** What of a store's history goes, and what stays. */
import type { Version } from '../../components/store/driver';
import { seenAt } from '../../components/store/plan';
import { prunable, replacedAt, type Begun, type Rules } from '../../components/store/prune';

const HOUR = 3_600_000;
const NOW = 1000 * HOUR;
let count = 0;

/** A version that was written so many hours ago. */
const version = (key: string, hoursAgo: number, more: Partial<Version> = {}): Version => ({
  key,
  id: `v${String(count++).padStart(6, '0')}`,
  etag: undefined,
  size: 1,
  at: NOW - hoursAgo * HOUR,
  hidden: false,
  ...more,
});
const marker = (key: string, hoursAgo: number) => version(key, hoursAgo, { hidden: true, size: 0 });
const rules = (more: Partial<Rules> = {}): Rules => ({
  now: NOW,
  windowMs: 48 * HOUR,
  replacedMs: 720 * HOUR,
  isKept: () => false,
  ...more,
});
const goes = (versions: Version[], more?: Partial<Rules>) => prunable(versions, rules(more)).flat();

test('what was hidden longer ago than its window goes, then its marker; what is seen, or was hidden since, stays', () => {
  const past = [version('a', 100), marker('a', 49)];
  const fresh = [version('b', 100), marker('b', 47)];
  expect(goes([...past, ...fresh, version('c', 900)])).toEqual(past);
  expect(goes([marker('gone', 1)])).toHaveLength(1);
});

test('of a key that is seen the first version stays, because what was written over it may be somebody else’s', () => {
  const [first, noise, last] = [version('a', 200), version('a', 100), version('a', 60)];
  expect(goes([last, first, noise])).toEqual([noise]);
  // Hidden for good, the first one goes by that and not by what was written over it.
  expect(goes([first, noise, last, marker('a', 47)])).toEqual([noise]);
  expect(goes([first, noise, last, marker('a', 48)])).toHaveLength(4);
});

test('what a kept point needs stays, and so does what hides it', () => {
  const [kept, over, hides] = [version('a', 300), version('a', 200), marker('a', 100)];
  expect(goes([kept, over, hides], { isKept: ({ id }) => id === kept.id })).toEqual([over]);
  const [old, first] = [version('b', 300), marker('b', 200)];
  const [again, second] = [version('b', 150), marker('b', 100)];
  expect(goes([old, first, again, second], { isKept: ({ id }) => id === again.id })).toEqual([old, first]);
});

test('what a restore begins at goes before what follows it, markers last', () => {
  const keys = ['1/forge/database/0/generations/a/wal/1', '1/forge/database/0/generations/a/snapshots/1', 'r/1-base-x'];
  const versions = keys.flatMap((key) => [version(key, 100), marker(key, 50)]);
  expect(prunable(versions, rules()).map((stage) => stage.map(({ key, hidden }) => `${key} ${hidden}`))).toEqual([
    [`${keys[1]} false`, `${keys[2]} false`],
    [`${keys[0]} false`],
    keys.map((key) => `${key} true`),
  ]);
});

test('what a newer incarnation replaced goes once that is long enough ago', () => {
  const seen = [version('a', 800), version('b', 10)];
  expect(goes(seen, { replacedAt: NOW - 719 * HOUR })).toEqual([]);
  // What was written there after that, counts from then.
  expect(goes(seen, { replacedAt: NOW - 721 * HOUR })).toEqual([seen[0]]);
});

test('an incarnation is replaced by the first one that was complete after it, service by service', () => {
  const at = (id: string, registeredAt: number | undefined, completeAt: Record<string, number>): Begun => ({
    id,
    ...(registeredAt === undefined ? {} : { registeredAt }),
    services: ['forge', 'agent'],
    completeAt,
  });
  const first = at('1', 10, { forge: 20, agent: 20 });
  const second = at('2', 30, { forge: 40 });
  const third = at('3', 50, { forge: 60, agent: 70 });
  const failed = at('4', undefined, { forge: 80, agent: 80 });
  const all = [first, second, third, failed];
  expect(replacedAt(all, first, 'forge')).toBe(40);
  expect(replacedAt(all, first, 'agent')).toBe(70);
  expect(replacedAt(all, first)).toBe(70);
  // It never was complete with the agent, so it counts there from when it was registered.
  expect(replacedAt(all, second, 'agent')).toBe(70);
  expect(replacedAt(all, third, 'forge')).toBeUndefined();
  expect(replacedAt(all, third)).toBeUndefined();
  // Of one whose services are gone the rest goes too.
  expect(replacedAt([...all, { ...at('0', 5, {}), services: [] }], { ...at('0', 5, {}), services: [] })).toBe(20);
});

/** The same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % below;
}

test('of 300 histories, killed after any removal: all that is seen, or kept, or was superseded within the window stays', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = numbers(seed);
    const versions = Array.from({ length: 30 }, () => {
      const key = `k${next(6)}`;
      return next(3) ? version(key, next(200)) : marker(key, next(200));
    });
    const kept = new Set(versions.filter(() => next(10) === 0).map(({ id }) => id));
    const seen = (left: Version[], at: number) => new Set(seenAt(left, at).map(({ id }) => id));
    const [now, then] = [seen(versions, NOW), seen(versions, NOW - 48 * HOUR)];
    let left = versions;
    for (const one of goes(versions, { isKept: ({ id }) => kept.has(id) })) {
      left = left.filter((other) => other !== one);
      expect(seen(left, NOW)).toEqual(now);
      expect([...then].filter((id) => !seen(left, NOW - 48 * HOUR).has(id))).toEqual([]);
      expect(
        [...kept].filter((id) => versions.some((v) => v.id === id && !v.hidden) && !left.some((v) => v.id === id)),
      ).toEqual([]);
    }
    // Done twice it removes nothing more.
    expect(goes(left, { isKept: ({ id }) => kept.has(id) })).toEqual([]);
  }
});
