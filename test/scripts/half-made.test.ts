/** What a failed update ordered and did not get is cleared away, and nothing else is; asked of the embedded cloud's API. */
import { rented } from '../../components/machines';
import type { MachineAccount } from '../../components/machines/driver';
import { clearHalfMade, onceMore } from '../../scripts/engines/half-made';
import type { RunResult } from '../../scripts/engines/engine';
import type { StackRef } from '../../scripts/lib/project';
import { Harness, TOKENS } from '../localcloud/api-harness';

let cloud: Harness;
let account: MachineAccount;
beforeAll(async () => {
  cloud = await new Harness().start();
  account = rented.account(undefined, { DIGITALOCEAN_API_URL: cloud.url, DIGITALOCEAN_TOKEN: TOKENS.digitalocean });
});
afterAll(() => cloud.stop());

const URN = 'urn:pulumi:drill::fleet-recovery::digitalocean:index/droplet:Droplet::alpha-twin';
const state = (id: string, more: object = {}) => ({
  exportState: async () => ({
    version: 3,
    deployment: { resources: [{ urn: URN, type: 'digitalocean:index/droplet:Droplet', id, ...more }] },
  }),
});
const broken = { initErrors: ['it became off'] };
const clear = (engine: ReturnType<typeof state>, ordered = [URN]) =>
  clearHalfMade(engine, {} as StackRef, ordered, account);
const ids = async () => (await cloud.get('/v2/droplets')).body.droplets.map(({ id }: { id: number }) => id);

/** Ends its create in an error. */
async function errored(): Promise<number> {
  cloud.driver.failCreate = true;
  const { body } = await cloud.order();
  await cloud.until(`/v2/droplets/${body.droplet.id}`, ({ droplet }) => droplet.status === 'off');
  cloud.driver.failCreate = false;
  return body.droplet.id;
}

test('a droplet whose create ended in an error is deleted', async () => {
  const id = await errored();
  expect(await clear(state(String(id), broken))).toEqual([
    expect.stringMatching(
      new RegExp(`^droplet ${id} \\(alpha-twin\\) did not come up \\(its status is off\\): it was deleted`),
    ),
  ]);
  expect(await ids()).not.toContain(id);
});

test('one that another run made, one that was stopped since, one that runs, and one that an address leads to stay', async () => {
  const off = await errored();
  const { id: active } = await cloud.droplet();
  expect(await clear(state(String(off), broken), [])).toEqual([]);
  expect(await clear(state(String(off)))).toEqual([]);
  expect(await clear(state(String(off), { ...broken, delete: true }))).toEqual([]);
  expect(await clear(state(String(active), broken))).toEqual([]);
  const { body } = await cloud.post('/v2/reserved_ips', { region: 'nyc1' });
  await cloud.post(`/v2/reserved_ips/${body.reserved_ip.ip}/actions`, { type: 'assign', droplet_id: off });
  await cloud.until(`/v2/reserved_ips/${body.reserved_ip.ip}`, ({ reserved_ip: now }) => now.droplet?.id === off);
  expect(await clear(state(String(off), broken))).toEqual([]);
  expect(await ids()).toEqual(expect.arrayContaining([off, active]));
});

test('one that is gone is told, and not for one answer', async () => {
  expect(await clear(state('4711'))).toEqual([
    expect.stringMatching(/^droplet 4711 \(alpha-twin\) is gone before it served/),
  ]);
  const { id } = await cloud.droplet();
  await cloud.post('/_cloud/faults', { match: { method: 'GET', path: `/v2/droplets/${id}` }, status: 404, count: 1 });
  expect(await clear(state(String(id)))).toEqual([]);
});

test('the account may refuse to delete it: the update ends as it would have, with the reason', async () => {
  cloud.driver.hold = true;
  const { body } = await cloud.order();
  const failed = { ok: false, steps: [], errors: ['not done within 300 s'] } as unknown as RunResult;
  const again = jest.fn();
  const result = await onceMore(
    failed,
    () => clear(state(String(body.droplet.id), broken)),
    again,
    () => undefined,
  );
  expect(result.errors).toEqual([
    'not done within 300 s',
    expect.stringMatching(/did not come up, and DigitalOcean does not delete it now \(422: /),
  ]);
  expect(again).not.toHaveBeenCalled();
  cloud.driver.release();
});

test('the second run is what the update ends with, and there is no third', async () => {
  const run = (ok: boolean, op: string): RunResult => ({
    ok,
    steps: [{ op, urn: URN }],
    summary: {},
    outputs: {},
    durationSeconds: 1,
    errors: ok ? [] : [op],
  });
  let runs = 0;
  const said: string[] = [];
  const result = await onceMore(
    run(false, 'first'),
    async () => ['cleared'],
    async () => (runs++, run(false, 'second')),
    (line) => said.push(line),
  );
  expect([runs, said, result.ok, result.errors, result.durationSeconds]).toEqual([
    1,
    ['cleared'],
    false,
    ['second'],
    2,
  ]);
  expect(result.steps.map(({ op }) => op)).toEqual(['first', 'second']);
});
