/** The cloud's API misbehaves while the host is rebuilt. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Seeded } from '../context';
import { control, forgetRequests, requestsSeen } from '../control';
import { rebuild } from '../phases/rebuild';
import type { Fault } from './fault';
import { loseAndRecover } from './steps';

/** A burst must pass while clients still retry. */
const BURST_SECONDS = 2.5;
const EVERY_MS = 7000;

const add = (drill: Seeded, what: object): Promise<unknown> => control(drill, 'faults', what);

/** Rebuilds while `disturb` does so; afterwards the API is whole again, and what it met is told. */
async function rebuildDisturbed(
  drill: Seeded,
  disturb: (signal: AbortSignal) => Promise<void>,
  what: string,
  met: (status: number) => boolean,
): Promise<void> {
  await forgetRequests(drill);
  const over = new AbortController();
  const disturbing = disturb(over.signal).catch((error) => {
    if (!over.signal.aborted) throw error;
  });
  disturbing.catch(() => undefined);
  try {
    await rebuild(drill);
  } finally {
    over.abort();
    await disturbing;
    await control(drill, 'faults', undefined, 'DELETE');
  }
  const requests = await requestsSeen(drill);
  const disturbed = requests.filter(({ status }) => met(status)).length;
  drill.record.check(what, disturbed > 0, `${disturbed} of ${requests.length} requests`);
  const orders = requests.filter(
    ({ method, path, status }) =>
      method === 'POST' && path.split('?')[0] === '/v2/droplets' && (status === 202 || status === 201),
  );
  drill.record.check('no second droplet ordered', orders.length <= 1, `${orders.length} orders answered as taken`);
}

async function bursts(drill: Seeded, kinds: object[], signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    await add(drill, { ...kinds[n % kinds.length], seconds: BURST_SECONDS });
    await sleep(EVERY_MS, undefined, { signal });
  }
}

/**
 * Carries out the next order of that kind and loses its answer. The look for the token's scopes, an order without content,
 * comes first by the same path and must pass.
 */
async function loseAnswer(drill: Seeded, path: string, how: object): Promise<void> {
  const match = { method: 'POST', path };
  await add(drill, { match, delayMs: 0, count: 1 });
  await add(drill, { match, after: true, count: 1, ...how });
}

const disturbed = (kind: string, title: string, rebuilding: (drill: Seeded) => Promise<void>): Fault => ({
  kind,
  title,
  ends: 'recovers',
  run: (drill) => loseAndRecover(drill, { rebuilding }),
});

export const apiBursts = disturbed(
  'api-bursts',
  'the API answers 429 and 500 in bursts; one 500 comes after the droplet was made',
  (drill) =>
    rebuildDisturbed(
      drill,
      async (signal) => {
        await loseAnswer(drill, '/v2/droplets', { status: 500 });
        await bursts(drill, [{ status: 429, retryAfter: 1 }, { status: 500 }], signal);
      },
      'requests answered with 429 or 500',
      (status) => status === 429 || status === 500,
    ),
);

export const apiSlow = disturbed('api-slow', 'the API takes three seconds for every answer', (drill) =>
  rebuildDisturbed(
    drill,
    () => add(drill, { delayMs: 3000, seconds: 900 }).then(() => undefined),
    'requests that took three seconds',
    () => true,
  ),
);

export const apiCut = disturbed('api-cut', 'the API cuts connections, also after it carried out the order', (drill) =>
  rebuildDisturbed(
    drill,
    async (signal) => {
      await loseAnswer(drill, '/v2/droplets', { drop: true });
      await loseAnswer(drill, '/v2/reserved_ips/*/actions', { drop: true });
      await bursts(drill, [{ drop: true }], signal);
    },
    'requests cut off',
    (status) => status === 0,
  ),
);
