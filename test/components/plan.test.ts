/** What a service is restored from as of a moment, told from the versions that a store lists, and the step back from broken ones. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { tryChoice } from '../../components/store/choice';
import type { Version } from '../../components/store/driver';
import { tryPlans, type Opener } from '../../components/store/intact';
import {
  coarsePlanAt,
  partsOf,
  planAt,
  planSchema,
  seenAt,
  type Part,
  type Plan,
  type Wanted,
} from '../../components/store/plan';
import { candidatesFor, type Candidate, type Incarnation } from '../../components/store/restore-points';
import { versitygw } from '../../components/store/versitygw';

const T = Date.parse('2026-11-20T12:00:00Z');
const at = (seconds: number) => T + seconds * 1000;
const iso = (seconds: number) => new Date(at(seconds)).toISOString();
let written = 0;
const version = (key: string, seconds: number, more: Partial<Version> = {}): Version => ({
  key,
  id: `v${String(written++).padStart(6, '0')}`,
  etag: undefined,
  size: 100,
  at: at(seconds),
  hidden: false,
  ...more,
});
const wantedOf = (parts: Part[], incarnation = '7') => ({
  host: 'alpha',
  service: 'gitea',
  incarnation,
  complete: true,
  parts,
});
const stamp = (seconds: number) => String(at(seconds)).padStart(13, '0');
const key = (path: string) => `7/gitea/${path}`;
const wal = (n: number) => key(`database/00000000/generations/aa/wal/00000000_${String(n).padStart(8, '0')}.wal.lz4`);
const snapshot = (generation: string) =>
  key(`database/00000000/generations/${generation}/snapshots/00000000.snapshot.lz4`);
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const entry = (name: string, named: number, kind: string) =>
  key(`repositories/a__${name}.git/${stamp(named)}-${kind}-${MD5}.age`);
const pathsOf = (plan: Plan | undefined, part: Part) => plan?.parts[part]?.objects.map((object) => object.key);

test('versitygw tells when a version was written by its id, whatever LastModified says', () => {
  const VersionId = '01M8PF8K4ERZBTXY4CNT6SDZ2Q';
  expect(versitygw.writtenAt({ VersionId, LastModified: new Date(0) })).toBe(Date.parse('2026-11-30T14:55:37.614Z'));
  expect(versitygw.writtenAt({ VersionId: 'null', LastModified: new Date(7) })).toBe(7);
});

describe('of a part', () => {
  const database = [
    version(snapshot('aa'), 0),
    version(wal(0), 1),
    version(wal(1), 2),
    version(snapshot('bb'), 5),
    version(key('database/00000000/generations/bb/wal/00000000_00000000.wal.lz4'), 6),
    version(key('database/00000000/generations/cc/wal/00000000_00000000.wal.lz4'), 9),
  ];
  const databaseAt = (seconds?: number) => planAt(wantedOf(['database']), database, seconds && at(seconds));

  test('a database comes from the newest generation that has a snapshot, or the one of that time', () => {
    expect(databaseAt()).toMatchObject({ moment: iso(6), parts: { database: { at: iso(6) } } });
    expect(pathsOf(databaseAt(), 'database')).toEqual([database[3]?.key, database[4]?.key]);
    expect(pathsOf(databaseAt(1), 'database')).toEqual([database[0]?.key, database[1]?.key]);
    expect(planAt(wantedOf(['database']), database.slice(1), at(2))).toBeUndefined();
  });

  test('repositories come each from all after its newest end, in the order in which the store took them, and none that is gone', () => {
    const entries = [
      // The stamps are of a clock that was set back in between.
      version(entry('one', 9, 'base'), 1),
      version(entry('one', 8, 'delta'), 2),
      version(entry('one', 7, 'gone'), 3),
      version(entry('one', 3, 'delta'), 4),
      version(entry('one', 1, 'base'), 5),
      version(entry('two', 1, 'base'), 1),
      version(entry('two', 5, 'gone'), 6),
    ];
    const plan = (seconds?: number) => planAt(wantedOf(['repositories']), entries, seconds && at(seconds));
    expect(pathsOf(plan(), 'repositories')).toEqual(entries.slice(3, 5).map((one) => one.key));
    expect(plan()?.parts.repositories?.at).toBe(iso(6));
    expect(pathsOf(plan(2), 'repositories')).toEqual([entries[0]?.key, entries[1]?.key, entries[5]?.key]);
  });

  test('a repository whose base was hidden is not left out: there is no plan then', () => {
    const entries = [version(entry('one', 1, 'base'), 1), version(entry('one', 2, 'delta'), 2)];
    const hidden = version(entry('one', 1, 'base'), 3, { hidden: true });
    expect(planAt(wantedOf(['repositories']), [...entries, hidden])).toBeUndefined();
    expect(planAt(wantedOf(['repositories']), [...entries, hidden], at(2))).toBeDefined();
  });

  test('a forge all of whose repositories are gone is restored without any', () => {
    const gone = [version(entry('one', 1, 'base'), 1), version(entry('one', 2, 'gone'), 2)];
    expect(planAt(wantedOf(['repositories']), gone)?.parts.repositories).toEqual({ at: iso(2), objects: [] });
  });

  test('files come from the newest snapshot, with its keys, and all indexes and data: some may have been packed anew after it', () => {
    const hex = (digit: string) => digit.repeat(64);
    const listed = [
      version(key('files/config'), 0),
      version(key(`files/keys/${hex('a')}`), 0),
      version(key(`files/data/00/${hex('b')}`), 0),
      version(key(`files/snapshots/${hex('c')}`), 1),
      version(key(`files/data/00/${hex('d')}`), 3),
      version(key(`files/index/${hex('e')}`), 4),
      version(key('files/index/junk'), 4),
      version(key(`files/locks/${hex('f')}`), 4),
      version(key(`files/snapshots/${hex('0')}`), 4),
      version(key(`files/data/00/${hex('1')}`), 9),
    ];
    const paths = pathsOf(planAt(wantedOf(['files']), listed), 'files');
    expect(paths).toEqual([0, 1, 2, 4, 5, 9, 8].map((n) => listed[n]?.key));
  });

  test('names that lead out of its folder are nobody’s', () => {
    const forged = [
      `repositories/..__gitea.db.fleet-restore/${stamp(9)}-base-${MD5}.age`,
      `repositories/a__../x.git/${stamp(9)}-base-${MD5}.age`,
      `repositories/a__x.git/${stamp(9)}-base.age`,
    ];
    const versions = [version(entry('one', 1, 'base'), 1), ...forged.map((path) => version(key(path), 2))];
    expect(pathsOf(planAt(wantedOf(['repositories']), versions), 'repositories')).toEqual([versions[0]?.key]);
  });
});

test('an incarnation that lacks a part has no plan', () => {
  expect(planAt(wantedOf(['database', 'files']), [version(snapshot('aa'), 0)])).toBeUndefined();
});

test('a plan is what a restore reads: it goes through its own schema unchanged', () => {
  const plan = planAt(wantedOf(['database']), [version(snapshot('aa'), 0)]);
  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
});

describe('a moment that the finest tier does not hold', () => {
  const hex = (digit: string) => digit.repeat(64);
  const wanted = wantedOf(['database', 'repositories', 'files']);
  const [config, first, thinned, last] = [
    version(key('files/config'), 0),
    ...['a', 'b', 'c'].map((digit, n) => version(key(`files/snapshots/${hex(digit)}`), 10 + n * 10)),
  ] as [Version, Version, Version, Version];
  const [packed, base, merged] = [
    version(key(`files/data/00/${hex('d')}`), 40),
    version(entry('one', 1, 'base'), 5),
    version(entry('one', 2, 'base'), 15),
  ];
  const hide = (of: Version, seconds: number) => version(of.key, seconds, { hidden: true });
  const versions = [config, first, thinned, hide(thinned, 35), last, packed, base, merged, hide(base, 25)];
  const coarse = (seconds?: number) => coarsePlanAt(wanted, versions, seconds && at(seconds));
  const read = (plan?: Plan) => [pathsOf(plan, 'files')?.at(-1), pathsOf(plan, 'repositories')];

  test('is that of the newest snapshot that is still shown: with data that was packed anew since, and the repositories of then', () => {
    expect(read(coarse())).toEqual([last.key, [merged.key]]);
    expect(read(coarse(29))).toEqual([first.key, [base.key]]);
    expect(coarse(29)?.moment).toBe(iso(10));
    expect(pathsOf(coarse(29), 'files')).toEqual([config.key, packed.key, first.key]);
  });

  test('has the database in the same snapshot as the files, and goes through the schema of plans', () => {
    const plan = coarse();
    expect(plan?.parts.database).toEqual(plan?.parts.files);
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(pathsOf(coarsePlanAt(wantedOf(['database']), versions), 'database')?.at(-1)).toBe(last.key);
  });

  test('is none before the first snapshot, and where a part lacks one', () => {
    expect(coarse(9)).toBeUndefined();
    expect(coarsePlanAt(wanted, [config, first, merged])).toBeUndefined();
  });
});

describe('whatever is done later, or under whatever name,', () => {
  const NOW = 50;
  const kinds = ['base', 'delta', 'gone'];
  const someKey = fc.oneof(
    fc
      .record({ name: fc.constantFrom('one', 'two'), named: fc.nat(99), kind: fc.constantFrom(...kinds) })
      .map((one) => entry(one.name, one.named, one.kind)),
    fc.nat(9).map(wal),
    fc.constantFrom('aa', 'bb').map(snapshot),
  );
  const some = (from: number, to: number) =>
    fc.array(fc.record({ key: someKey, seconds: fc.integer({ min: from, max: to }), hidden: fc.boolean() }), {
      maxLength: 40,
    });
  const before = fc.array(fc.record({ key: someKey, seconds: fc.integer({ min: 0, max: NOW }) }), { maxLength: 40 });
  const whole = [version(entry('one', 0, 'base'), 0), version(snapshot('aa'), 0)];
  const asOf = (versions: Version[]) => planAt(wantedOf(['database', 'repositories']), versions, at(NOW));
  const made = (list: Array<{ key: string; seconds: number; hidden?: boolean }>) =>
    list.map((one) => version(one.key, one.seconds, { hidden: one.hidden ?? false }));

  test('what was written or hidden after a moment never changes its plan', () => {
    fc.assert(
      fc.property(before, some(NOW + 1, NOW + 99), (earlier, later) => {
        const versions = [...whole, ...made(earlier)];
        expect(asOf([...made(later), ...versions])).toEqual(asOf(versions));
      }),
    );
  });

  test('the order of a listing, and entries that a page repeats, never do', () => {
    fc.assert(
      fc.property(before, fc.infiniteStream(fc.nat()), (earlier, numbers) => {
        const versions = [...whole, ...made(earlier)];
        const shuffled = versions
          .map((one) => ({ one, by: numbers.next().value ?? 0 }))
          .sort((a, b) => a.by - b.by)
          .map(({ one }) => one);
        expect(asOf([...shuffled, ...versions.slice(0, 3)])).toEqual(asOf(versions));
      }),
    );
  });

  test('a stamp in a name never does: entries apply in the order in which the store took them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99), { minLength: 1, maxLength: 20 }), (stamps) => {
        const chain = stamps.map((named, n) => version(entry('one', named, n ? 'delta' : 'base'), n));
        const paths = pathsOf(planAt(wantedOf(['repositories']), chain), 'repositories');
        expect(paths).toEqual(seenAt(chain, Infinity).map((one) => one.key));
      }),
    );
  });
});

/** Opens what is whole: `broken` are ids of versions that hold something else. */
const openerOf = (broken: string[] = []): Opener & { read: jest.Mock } => ({
  read: jest.fn(async ({ versionId }: { versionId: string }) =>
    Buffer.from(broken.includes(versionId) ? 'rot' : 'whole'),
  ),
  opens: async (content) => Buffer.from(content).toString() === 'whole',
});

const from = (wanted: Wanted, versions: Version[]): Candidate => ({
  wanted,
  listing: async () => versions,
  select: planAt,
});

describe('what is broken', () => {
  const wanted = wantedOf(['database', 'repositories']);
  const chain = [version(snapshot('aa'), 0), ...[1, 2, 3, 4].map((n) => version(wal(n), n))];
  const base = version(entry('one', 0, 'base'), 0);
  const versions = [...chain, base];
  const id = (n: number) => chain[n]?.id ?? '';

  test('is nothing: the newest is taken', async () => {
    const tried = await tryPlans(openerOf(), from(wanted, versions));
    expect(tried).toMatchObject({ broken: [], overwritten: [], intact: { moment: iso(4) } });
  });

  test('moves all parts back to just before it; nothing is read twice', async () => {
    const opener = openerOf([id(2), id(1)]);
    const tried = await tryPlans(opener, from(wanted, versions));
    expect(tried).toMatchObject({ newest: { moment: iso(4) }, broken: [wal(2), wal(1)] });
    expect(tried.intact?.moment).toBe(new Date(at(1) - 1).toISOString());
    expect(pathsOf(tried.intact, 'database')).toEqual([snapshot('aa')]);
    const read = opener.read.mock.calls.map(([{ versionId }]) => versionId);
    expect(new Set(read).size).toBe(read.length);
  });

  test('at the root leaves nothing', async () => {
    expect(await tryPlans(openerOf([base.id]), from(wanted, versions))).toMatchObject({
      broken: [base.key],
      intact: undefined,
    });
  });

  test('and was written over something whole, is taken as it was before, however often that was done', async () => {
    const noise = [5, 6, 7].map((n) => version(wal(2), n));
    const tried = await tryPlans(openerOf(noise.map((one) => one.id)), from(wanted, [...noise, ...versions]));
    expect(tried).toMatchObject({ broken: [], overwritten: [wal(2)] });
    expect(tried.intact?.parts.database?.objects.map(({ versionId }) => versionId)).toEqual(chain.map((one) => one.id));
  });

  test('is not a piece that was sent again, longer: the newest is taken', async () => {
    const again = version(wal(4), 5);
    const tried = await tryPlans(openerOf(), from(wanted, [...versions, again]));
    expect(tried).toMatchObject({ broken: [], overwritten: [], intact: { moment: iso(5) } });
  });

  test('is told by the hash that is its name, of what restic stores; an index that is not whole is made anew', async () => {
    const name = (content: string) => createHash('sha256').update(content).digest('hex');
    const of = (path: string, seconds: number) => version(key(`files/${path}`), seconds);
    const index = of(`index/${name('other')}`, 1);
    const [older, newer] = [of(`snapshots/${name('whole')}`, 2), of(`snapshots/${name('other')}`, 3)];
    const tried = await tryPlans(openerOf(), from(wantedOf(['files']), [index, older, newer]));
    expect(tried).toMatchObject({ broken: [newer.key] });
    expect(pathsOf(tried.intact, 'files')).toEqual([older.key]);
  });

  const choice = (others: Candidate[] = []) => {
    const plan = planAt(wanted, versions);
    if (!plan) throw new Error('no plan');
    return { service: 'gitea', first: { ...from(wanted, versions), plan }, others };
  };

  test('is named, with the older moment, what it would lose and the value that accepts it', async () => {
    const { plan, problem } = await tryChoice(openerOf([id(4)]), choice());
    expect(plan).toBeUndefined();
    expect(problem).toBe(
      `the newest restore point of gitea (${iso(4)}) is corrupt: ${wal(4)} is not what was written; the newest intact one is of 2026-11-20T12:00:03.999Z and would lose 1 s of work: to accept that set fleet:restoreAt to 2026-11-20T12:00:03.999Z`,
    );
  });

  test('in all of an incarnation leads to the one before it', async () => {
    const earlier = wantedOf(['database', 'repositories'], '6');
    const own = versions
      .slice(0, 1)
      .concat(base)
      .map((one) => ({ ...one, key: one.key.replace(/^7/, '6'), id: `6${one.id}`, at: at(-60) }));
    expect((await tryChoice(openerOf([id(0)]), choice([from(earlier, own)]))).problem).toMatch(
      /newest intact one is of 2026-11-20T11:59:00.000Z and would lose 64 s of work/,
    );
    expect((await tryChoice(openerOf([id(0)]), choice())).problem).toMatch(/no older one is intact/);
  });
});

const incarnation = (id: string, seconds: number, complete?: number): Incarnation => ({
  id,
  createdAt: iso(seconds),
  services: ['gitea'],
  complete: complete === undefined ? {} : { gitea: iso(complete) },
});

test('a restore takes complete incarnations first, and none that never registered', () => {
  const all = [
    incarnation('9', 0),
    incarnation('8', -10, 5),
    incarnation('7', -20, -15),
    { ...incarnation('6', 0, 9), createdAt: '' },
  ];
  expect(candidatesFor(all, 'gitea').map(({ id }) => id)).toEqual(['8', '7', '9']);
});

test('the parts of a dataset are those that it names', () => {
  expect(partsOf({ owner: 'gitea', files: {}, database: {} })).toEqual(['database', 'files']);
});
