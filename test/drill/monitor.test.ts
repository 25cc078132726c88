import { MonitorState, watch } from '../../drill/monitor';
import { firstSuccess } from '../../drill/transaction';

const never = () => new AbortController().signal;

test('a host is dead after that many failures in a row, and a success begins again', () => {
  const state = new MonitorState(3);
  const observe = (results: boolean[]) => results.forEach((ok, index) => state.observe(ok, index));
  observe([false, false, true, false, false]);
  expect(state.deadAt).toBeUndefined();
  state.observe(false, 100);
  expect(state.deadAt).toBe(100);
  state.observe(true, 101);
  expect(state.deadAt).toBe(100);
});

test('checks keep the declared pace, and a check that throws has failed', async () => {
  const began: number[] = [];
  const plan = { intervalSeconds: 0.05, timeoutSeconds: 0.02, failures: 3 };
  const deadAt = await watch(
    plan,
    async (timeoutMs) => {
      began.push(Date.now());
      expect(timeoutMs).toBe(20);
      if (began.length <= 2) return true;
      throw new Error('connection refused');
    },
    { signal: never() },
  );
  expect(began).toHaveLength(5);
  // Two failures after the first one: no less than two whole intervals.
  expect(deadAt - began[2]).toBeGreaterThanOrEqual(95);
});

test('the monitor ends when told to', async () => {
  const stop = new AbortController();
  const watching = watch({ intervalSeconds: 60, timeoutSeconds: 1, failures: 1 }, async () => true, {
    signal: stop.signal,
    onCheck: () => stop.abort(),
  });
  await expect(watching).rejects.toThrow();
});

test('a client counts its first success, whatever hangs before it', async () => {
  const ended = await firstSuccess(
    (n) => (n === 1 ? new Promise(() => undefined) : n < 3 ? Promise.reject(new Error('down')) : Promise.resolve()),
    never(),
  );
  expect(ended).toBeLessThanOrEqual(Date.now());
});

test('a client that is stopped has no success', async () => {
  const stop = new AbortController();
  const trying = firstSuccess(() => Promise.reject(new Error('down')), stop.signal);
  stop.abort();
  await expect(trying).resolves.toBeUndefined();
});
