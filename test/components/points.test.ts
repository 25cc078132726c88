/** Restore points told from listings, and the step back from broken ones. */
import { createHash } from 'node:crypto';
import { tryPoints, type PointStore } from '../../components/store/intact';
import { pointAt, type Stored } from '../../components/store/points';
import { asOf, candidatesFor, type Incarnation } from '../../components/store/restore-points';
import { corruption } from '../../components/preflight/restore-point';
import type { ServicePlan } from '../../services';

const T = Date.parse('2026-11-20T12:00:00Z');
const at = (seconds: number) => T + seconds * 1000;
const stored = (path: string, seconds: number, size = 100): Stored => ({ path, at: at(seconds), size });
const stamp = (seconds: number) => String(at(seconds)).padStart(13, '0');

describe('the newest point of a part', () => {
  const database = [
    stored('generations/aa/snapshots/00000000.snapshot.lz4', 0),
    stored('generations/aa/wal/00000000_00000000.wal.lz4', 1),
    stored('generations/aa/wal/00000000_00001000.wal.lz4', 2),
    stored('generations/bb/snapshots/00000000.snapshot.lz4', 5),
    stored('generations/bb/wal/00000000_00000000.wal.lz4', 6),
    stored('generations/cc/wal/00000000_00000000.wal.lz4', 9),
  ];

  test('of a database is of the newest generation that has a snapshot, its snapshot first', () => {
    expect(pointAt('database', database)).toEqual({ at: at(6), objects: [database[3], database[4]] });
  });

  test('of a database at an earlier moment is of the generation of that time', () => {
    expect(pointAt('database', database, at(1))).toEqual({ at: at(1), objects: [database[0], database[1]] });
    expect(pointAt('database', database.slice(1), at(1))).toBeUndefined();
  });

  test('of repositories takes each from its newest base on, and none that is gone', () => {
    const entries = [
      stored(`a__one.git/${stamp(1)}-base.age`, 1),
      stored(`a__one.git/${stamp(2)}-delta.age`, 2),
      stored(`a__one.git/${stamp(3)}-base.age`, 3),
      stored(`a__one.git/${stamp(4)}-delta.age`, 4),
      stored(`a__two.git/${stamp(1)}-base.age`, 1),
      stored(`a__two.git/${stamp(5)}-gone.age`, 5),
    ];
    expect(pointAt('repositories', entries)).toEqual({ at: at(5), objects: [entries[3], entries[2]] });
    expect(pointAt('repositories', entries, at(2))?.objects.map(({ path }) => path)).toEqual([
      entries[1].path,
      entries[4].path,
      entries[0].path,
    ]);
  });

  test('of files is the newest snapshot, with indexes and data up to it', () => {
    const listed = [
      stored('snapshots/1', 1),
      stored('data/00/a', 0),
      stored('snapshots/2', 4),
      stored('index/i', 4),
      stored('data/00/b', 3),
      stored('data/00/c', 9),
      stored('locks/l', 4),
    ];
    expect(pointAt('files', listed)?.objects.map(({ path }) => path)).toEqual([
      'snapshots/2',
      'index/i',
      'data/00/b',
      'data/00/a',
    ]);
    expect(pointAt('files', [stored('index/i', 4)])).toBeUndefined();
  });
});

/** A store in memory; `broken` keys hold what does not open. */
function memory(parts: Record<string, Stored[]>, broken: string[] = []): PointStore & { read: jest.Mock } {
  return {
    list: async (prefix) => parts[prefix] ?? [],
    read: jest.fn(async (key: string) => Buffer.from(broken.includes(key) ? 'rot' : 'whole')),
    opens: async (content) => Buffer.from(content).toString() === 'whole',
  };
}

const wal = (n: number) => `generations/aa/wal/00000000_${String(n).padStart(8, '0')}.wal.lz4`;
const chain = [
  stored('generations/aa/snapshots/00000000.snapshot.lz4', 0),
  ...[1, 2, 3, 4].map((n) => stored(wal(n), n)),
];
const repositories = [stored(`a__one.git/${stamp(0)}-base.age`, 0)];
const parts = { '7/gitea/database/': chain, '7/gitea/repositories/': repositories };

test('an intact point is told as such', async () => {
  expect(await tryPoints(memory(parts), '7/gitea', ['database', 'repositories'])).toEqual({
    newest: at(4),
    broken: [],
    intact: { at: at(4), lostSeconds: 0 },
  });
});

test('a broken newest piece moves all parts back to the second before it, and says what that would lose', async () => {
  const tried = await tryPoints(memory(parts, [`7/gitea/database/${wal(4)}`]), '7/gitea', ['database', 'repositories']);
  expect(tried).toEqual({
    newest: at(4),
    broken: [`7/gitea/database/${wal(4)}`],
    intact: { at: at(3), lostSeconds: 1 },
  });
});

test('a broken piece in the middle moves back to before it; nothing is read twice', async () => {
  const store = memory(parts, [`7/gitea/database/${wal(2)}`, `7/gitea/database/${wal(1)}`]);
  const tried = await tryPoints(store, '7/gitea', ['database', 'repositories']);
  expect(tried.intact).toEqual({ at: at(0), lostSeconds: 4 });
  expect(new Set(store.read.mock.calls.flat()).size).toBe(store.read.mock.calls.length);
});

test('a broken base leaves no intact point', async () => {
  const tried = await tryPoints(memory(parts, [`7/gitea/repositories/${repositories[0].path}`]), '7/gitea', [
    'database',
    'repositories',
  ]);
  expect(tried).toMatchObject({ newest: at(4), intact: undefined });
});

test('files of restic are known by the hash that is their name', async () => {
  const name = (content: string) => createHash('sha256').update(content).digest('hex');
  const listed = {
    '7/gitea/files/': [stored(`snapshots/${name('whole')}`, 1), stored(`snapshots/${name('other')}`, 2)],
  };
  expect(await tryPoints(memory(listed), '7/gitea', ['files'])).toMatchObject({
    broken: [`7/gitea/files/snapshots/${name('other')}`],
    intact: { at: at(1) },
  });
});

const plan = {
  name: 'gitea',
  critical: true,
  dataset: { owner: 'gitea', database: {}, repositories: {} },
} as unknown as ServicePlan;
const incarnation = (id: string, seconds: number, complete?: number): Incarnation => ({
  id,
  createdAt: new Date(at(seconds)).toISOString(),
  services: ['gitea'],
  complete: complete === undefined ? {} : { gitea: new Date(at(complete)).toISOString() },
});

test('the sentence names the broken object, the older point, what it would lose and the value that accepts it', async () => {
  const [sentence] = await corruption(memory(parts, [`7/gitea/database/${wal(4)}`]), plan, [incarnation('7', -5, -1)]);
  expect(sentence).toBe(
    `the newest restore point of gitea (2026-11-20T12:00:04Z) is corrupt: 7/gitea/database/${wal(4)} is not what was written; the newest intact one is of 2026-11-20T12:00:03Z and would lose 1 s of work: to accept that set fleet:restoreAt to 2026-11-20T12:00:03Z`,
  );
  expect(await corruption(memory(parts), plan, [incarnation('7', -5, -1)])).toEqual([]);
});

test('where nothing of the newest incarnation is intact, the one before it is named', async () => {
  const earlier = {
    '6/gitea/database/': [stored('generations/aa/snapshots/00000000.snapshot.lz4', -60)],
    '6/gitea/repositories/': [stored(`a__one.git/${stamp(-60)}-base.age`, -60)],
  };
  const broken = [`7/gitea/database/${chain[0].path}`];
  const candidates = [incarnation('7', -5, -1), incarnation('6', -90, -70)];
  expect((await corruption(memory({ ...parts, ...earlier }, broken), plan, candidates))[0]).toMatch(
    /newest intact one is of 2026-11-20T11:59:00Z and would lose 64 s of work/,
  );
  expect((await corruption(memory(parts, broken), plan, candidates))[0]).toMatch(/no older one is intact/);
});

test('an incarnation that never registered is no restore point', () => {
  expect(
    candidatesFor([{ ...incarnation('9', 0, 1), createdAt: '' }, incarnation('8', -10)], 'gitea').map(({ id }) => id),
  ).toEqual(['8']);
});

test('a restore takes complete incarnations first, and as of a moment only what was complete then', () => {
  const all = [incarnation('9', 0), incarnation('8', -10, 5), incarnation('7', -20, -15)];
  expect(candidatesFor(all, 'gitea').map(({ id }) => id)).toEqual(['8', '7', '9']);
  expect(candidatesFor(asOf(all, new Date(at(-5)).toISOString()), 'gitea').map(({ id }) => id)).toEqual(['7', '8']);
});
