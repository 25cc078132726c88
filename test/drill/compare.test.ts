import { acknowledgedOf, compare, lossSeconds } from '../../drill/compare/compare';
import { FACT_KINDS, Facts, datasetOf } from '../../drill/seed/facts';

const at = Date.parse('2026-01-01T00:00:00Z');

/** Two facts of every kind. */
function everything(): Facts {
  const facts = new Facts();
  FACT_KINDS.forEach((kind, index) => {
    facts.add(kind, `${kind}-1`, 'one', at + index);
    facts.add(kind, `${kind}-2`, 'two', at + index);
  });
  return facts;
}

function without(
  facts: Facts,
  drop: (id: string) => boolean,
  change: (id: string, value: string) => string = (_id, value) => value,
): Facts {
  const left = new Facts();
  for (const fact of facts.list())
    if (!drop(fact.id)) left.add(fact.kind, fact.id, change(fact.id, fact.value), fact.at);
  return left;
}

test('what came back whole is recovered', () => {
  const result = compare(everything(), everything());
  expect(result).toMatchObject({
    acknowledged: FACT_KINDS.length * 2,
    recovered: FACT_KINDS.length * 2,
    lost: [],
    invented: [],
  });
  expect(result.checks).toHaveLength(FACT_KINDS.length);
  expect(result.checks.every(({ ok }) => ok)).toBe(true);
});

test.each(FACT_KINDS)('a missing %s is found', (kind) => {
  const result = compare(
    everything(),
    without(everything(), (id) => id === `${kind}-2`),
  );
  expect(result.lost).toEqual([
    { dataset: datasetOf(kind), kind, id: `${kind}-2`, acknowledgedAt: expect.any(String), how: 'missing' },
  ]);
  expect(result.checks.filter(({ ok }) => !ok)).toHaveLength(1);
});

test.each(FACT_KINDS)('a changed %s is found', (kind) => {
  const changed = without(
    everything(),
    () => false,
    (id, value) => (id === `${kind}-1` ? 'other' : value),
  );
  expect(compare(everything(), changed).lost).toEqual([expect.objectContaining({ id: `${kind}-1`, how: 'different' })]);
});

test.each(FACT_KINDS)('an invented %s is found', (kind) => {
  const more = everything();
  more.add(kind, 'never-written', 'x');
  const result = compare(everything(), more);
  expect(result.lost).toEqual([]);
  expect(result.invented).toEqual([expect.objectContaining({ kind, id: 'never-written' })]);
  expect(result.checks.filter(({ ok }) => !ok)).toHaveLength(1);
});

test('the last acknowledged value of a key is the one that counts', () => {
  const expected = new Facts();
  expected.add('ref', 'r refs/heads/main', 'old', at);
  expected.add('ref', 'r refs/heads/main', 'new', at + 1000);
  const found = new Facts();
  found.add('ref', 'r refs/heads/main', 'old');
  expect(expected.acknowledged).toBe(2);
  expect(compare(expected, found).lost).toEqual([
    expect.objectContaining({ how: 'different', acknowledgedAt: '2026-01-01T00:00:01.000Z' }),
  ]);
});

describe('seconds of lost work', () => {
  const expected = new Facts();
  for (let n = 0; n <= 10; n++) expected.add('issue', `i${n}`, 'x', at + n * 1000);
  const lose = (...ids: string[]) =>
    compare(
      expected,
      without(expected, (id) => ids.includes(id)),
    ).lost;

  test('none lost is zero', () => expect(lossSeconds(acknowledgedOf(expected), [], 'gitea/database')).toBe(0));
  test('a lost end counts from the last write that is there', () =>
    expect(lossSeconds(acknowledgedOf(expected), lose('i9', 'i10'), 'gitea/database')).toBe(2));
  test('a hole counts to the end, because what comes after it stands on it', () =>
    expect(lossSeconds(acknowledgedOf(expected), lose('i4'), 'gitea/database')).toBe(7));
  test('all lost has no number', () =>
    expect(
      lossSeconds(acknowledgedOf(expected), lose(...expected.list().map(({ id }) => id)), 'gitea/database'),
    ).toBeNull());
  test('another dataset is not touched', () =>
    expect(lossSeconds(acknowledgedOf(expected), lose('i9'), 'gitea/files')).toBe(0));
});
