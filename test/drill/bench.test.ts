import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { shellVariables } from '../../scripts/lib/shell';
import { benchmarks } from '../../drill/bench/bench';
import { generated } from '../../drill/bench/preview/generated';
import { required } from '../../stacks/model/required';
import { figure, figureSchema } from '../../drill/bench/result';
import { interleaved, median, ratiosOf } from '../../drill/bench/statistics';
import { listOf, rowOf } from '../../drill/bench/table';
import { validateDeclaration } from '../../stacks/model/validate';

test('the median is the middle value, or the mean of the two in the middle, whatever the order', () => {
  expect([median([3]), median([9, 1, 5]), median([4, 1, 2, 3])]).toEqual([3, 5, 2.5]);
  expect(() => median([])).toThrow();
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const middle = median(values);
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});

test('pairs take turns in who goes first, and every value stays with its pair', async () => {
  const order: string[] = [];
  let n = 0;
  const side = (name: string) => async () => {
    order.push(name);
    return ++n;
  };
  const pairs = await interleaved(3, { measured: side('m'), baseline: side('b') });
  expect(order.join('')).toBe('bmmbbm');
  expect(pairs).toEqual([
    { baseline: 1, measured: 2 },
    { measured: 3, baseline: 4 },
    { baseline: 5, measured: 6 },
  ]);
});

test('the ratio is the median of the pairs’ own ratios, not the ratio of the medians', () => {
  // The machine was ten times slower during the last pair, which says nothing about either side.
  const pairs = [
    { measured: 2, baseline: 1 },
    { measured: 3, baseline: 2 },
    { measured: 20, baseline: 10 },
  ];
  expect(ratiosOf(pairs)).toEqual([2, 1.5, 2]);
  const made = (targets: Record<string, number>) =>
    figure({ name: 'x', targets }, { name: 'y', unit: 's', measured: 'a', baseline: 'b', pairs });
  expect(figureSchema.parse(made({ y: 2 }))).toMatchObject({
    ratio: 2,
    ok: true,
    measured: { values: [2, 3, 20], median: 3 },
    baseline: { values: [1, 2, 10], median: 2 },
  });
  expect(made({ y: 1.99 }).ok).toBe(false);
  expect(made({})).toMatchObject({ ok: true, target: null });
  expect(() => ratiosOf([{ measured: 1, baseline: 0 }])).toThrow();
});

test('every benchmark and every target is in the list, and a missed target is said in its row', () => {
  const list = listOf(benchmarks);
  for (const name of ['rebuild', 'restore', 'age', 'preview', 'engine', 'backup-cost']) expect(list).toContain(name);
  for (const target of [
    'rebuild ≤ 1.5',
    'restore ≤ 1.25',
    '50 hosts, time ≤ 3',
    '200 hosts, time ≤ 8',
    'requests ≤ 1.2',
  ])
    expect(list).toContain(target);
  const missed = figure(
    required(
      benchmarks.find(({ name }) => name === 'rebuild'),
      'the rebuild',
    ),
    {
      name: 'rebuild',
      unit: 's',
      measured: 'program',
      baseline: 'shell script',
      pairs: [{ measured: 2, baseline: 1 }],
    },
  );
  expect(rowOf(missed)).toEqual([
    'rebuild',
    'rebuild',
    'program: 2.00 s',
    'shell script: 1.00 s',
    '2.00',
    '≤ 1.5',
    'MISSED',
  ]);
});

test.each([1, 50, 200])('the generated declaration of %i hosts is a valid one', (hosts) => {
  const declaration = generated(`bench-${hosts}`, hosts);
  expect(declaration.hosts).toHaveLength(hosts);
  expect(validateDeclaration(declaration)).toEqual([]);
});

test('what the shell reads from the settings is what was meant', () => {
  const value = `it's "odd" $HOME \`x\` \\ #`;
  expect(
    execFileSync('bash', ['-c', `${shellVariables({ VALUE: value })}printf %s "$VALUE"`], { encoding: 'utf8' }),
  ).toBe(value);
});
