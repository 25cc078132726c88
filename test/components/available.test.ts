/** What the order for a machine needs is asked for before anything is fenced; and two fences at once stay far below what an account may ask. */
import * as pulumi from '@pulumi/pulumi';
import { utils } from 'ssh2';
import { DigitalOceanAccount } from '../../components/machines/digitalocean/account';
import { words } from '../../components/machines/digitalocean/facts';
import { configured } from '../../components/network/configured';
import type { Order } from '../../components/machines/driver';
import { stop } from '../../components/preflight/fence';
import { digitalOceanRequests } from '../../stacks/outside/limits';
import { Harness, TOKENS } from '../localcloud/api-harness';

let cloud: Harness;
let account: DigitalOceanAccount;

beforeEach(async () => {
  cloud = await new Harness().start();
  pulumi.runtime.setAllConfig({ 'digitalocean:apiEndpoint': cloud.url, 'digitalocean:token': TOKENS.digitalocean });
  account = new DigitalOceanAccount(configured);
});
afterEach(() => cloud.stop());

/** Nobody answers there. */
const ADDRESS = '127.0.0.250';
const refusals = async (order: Order) => (await account.unavailable(order)).map(({ what, todo }) => `${what}; ${todo}`);
const HOST = { name: 'alpha', image: 'debian-12-x64', size: 's-2vcpu-4gb', region: 'nyc1' };

test('an order that can be carried out has no problem', async () => {
  expect(await refusals(HOST)).toEqual([]);
});

test('each thing that cannot be had is one sentence with what to do, all at once', async () => {
  await cloud.post('/_cloud/withdrawals', { image: 'debian-12-x64' });
  await cloud.post('/_cloud/withdrawals', { size: 's-2vcpu-4gb', region: 'nyc1' });
  expect(await refusals(HOST)).toEqual([
    'DigitalOcean has no image debian-12-x64 any more; choose another one of Debian 12 for alpha in its declaration (doctl compute image list-distribution)',
    'DigitalOcean has no s-2vcpu-4gb left in nyc1; s-4vcpu-8gb can be had there: choose it for alpha in its declaration, or try again later',
  ]);
  // Elsewhere it can be had.
  expect(await refusals({ ...HOST, region: 'fra1' })).toHaveLength(1);
  for (const size of ['s-4vcpu-8gb', 's-8vcpu-16gb']) await cloud.post('/_cloud/withdrawals', { size });
  expect((await refusals(HOST))[1]).toContain('; choose another region for alpha');
  expect((await refusals({ ...HOST, size: 's-99' }))[1]).toContain('has no size s-99 any more');
});

test('a region that never had the image is told apart from an image that is gone', async () => {
  expect(await refusals({ ...HOST, region: 'mars1' })).toEqual([
    expect.stringContaining('has the image debian-12-x64 not in mars1'),
    expect.stringContaining('no s-2vcpu-4gb left in mars1'),
  ]);
});

test('two hosts that take a minute to go off are asked for less than a fifth of what an account may ask in a minute', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
  try {
    let asked = 0;
    const began = Date.now();
    const look = (id: string) => ({
      id,
      name: `alpha-${id}`,
      status: Date.now() - began > 58_000 ? 'off' : 'new',
      address: ADDRESS,
    });
    const slow = {
      power: async () => void asked++,
      machine: async (id: string) => (asked++, look(id)),
      words,
    } as unknown as DigitalOceanAccount;
    const pair = utils.generateKeyPairSync('ed25519');
    const args = {
      account: slow,
      key: { privateKey: pair.private, hostKey: pair.public },
      entrance: ADDRESS,
      serves: async () => false,
    };
    const former = (id: number) => ({
      stack: 'drill',
      host: 'alpha',
      incarnation: String(id),
      address: ADDRESS,
      generation: 0,
      createdAt: '',
    });
    const done = Promise.all([1, 2].map((id) => stop(former(id), args)));
    let over = false;
    void done.finally(() => (over = true));
    while (!over) await jest.advanceTimersByTimeAsync(500);
    await done;
    expect(asked).toBeGreaterThan(20);
    expect(asked).toBeLessThan(digitalOceanRequests.value.perMinute / 5);
  } finally {
    jest.useRealTimers();
  }
});
