/** What a run says while it goes on. */
import { Progress } from '../../scripts/lib/progress';

const MINUTE = 60_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function progress(terminal: boolean) {
  const written: string[] = [];
  const logged: string[] = [];
  const one = new Progress(
    { isTTY: terminal, columns: 80, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream,
    (line) => logged.push(line),
  );
  return { one, written, logged };
}
const plain = (lines: string[]) =>
  lines.map((line) =>
    line
      .replace(/\x1b\[\d+m/g, '')
      .replace(/^ *\S+ {2}/, '')
      .trimEnd(),
  );

test('without a terminal a phase is a line, however much is done in it, and every half minute one more says where it is', () => {
  const { one, written, logged } = progress(false);
  one.begin('seed', 'a small forge');
  for (let second = 0; second < 60; second++) {
    for (let n = 0; n < 10; n++) one.waiting(`issue ${second * 10 + n + 1} of 600`);
    jest.advanceTimersByTime(1000);
  }
  one.begin('fault', 'writing until the host dies');
  expect(plain(written)).toEqual([
    'seed  a small forge',
    '  seed: issue 300 of 600',
    '  seed: issue 600 of 600',
    'fault  writing until the host dies',
  ]);
  expect(logged).toHaveLength(602);
  one.stop();
});

test('without a terminal a long silence is broken by the same line, and what is to stay is said at once', () => {
  const { one, written } = progress(false);
  one.begin('rebuild', 'up --refresh');
  one.waiting('create Droplet alpha');
  jest.advanceTimersByTime(MINUTE);
  one.say('error: no');
  expect(plain(written)).toEqual([
    'rebuild  up --refresh',
    '  rebuild: create Droplet alpha',
    '  still rebuild: create Droplet alpha',
    'error: no',
  ]);
  one.stop();
  jest.advanceTimersByTime(MINUTE);
  expect(written).toHaveLength(4);
});

test('before the first phase nothing is repeated', () => {
  const { one, written } = progress(false);
  one.say('drill with the embedded engine');
  jest.advanceTimersByTime(MINUTE);
  expect(written).toHaveLength(1);
  one.stop();
});

test('on a terminal one line follows the work', () => {
  const kept = { CI: process.env.CI, TERM: process.env.TERM };
  delete process.env.CI;
  process.env.TERM = 'xterm';
  try {
    const { one, written } = progress(true);
    one.begin('seed', 'a small forge');
    one.waiting('issue 1 of 600');
    expect(written.at(-1)).toContain('seed: issue 1 of 600');
    expect(written.at(-1)).not.toContain('\n');
    one.stop();
  } finally {
    Object.assign(process.env, Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)));
  }
});
