/** Two hosts are never the same one at a time, and none is stopped because of one wrong answer, or before it is known that it can be followed. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';
import { words } from '../../components/machines/digitalocean/facts';
import type { ListedMachine, MachineAccount } from '../../components/machines/driver';
import { wake } from '../../components/preflight/fence';
import { absence, formerOf } from '../../components/preflight/presence';
import { takeOver } from '../../components/preflight/takeover';
import type { Incarnation } from '../../components/store/restore-points';
import { sshKey } from '../../scripts/init/generate';

/** Nobody answers there. */
const ADDRESS = '127.0.0.250';
const key = sshKey('host');

const incarnation = (id: number, generation: number, more: Partial<Incarnation> = {}): Incarnation => ({
  id: String(id),
  createdAt: `2026-01-0${id}T00:00:00.000Z`,
  services: [],
  complete: {},
  registration: { stack: 'drill', host: 'alpha', incarnation: String(id), address: ADDRESS, generation },
  ...more,
});

interface World {
  droplets: Record<string, string>;
  /** Ids that one question of the cloud does not show. */
  hidden?: { byTag?: string[]; byId?: string[]; inAll?: string[] };
  holder?: string;
  /** Something answers at the public address. */
  serves?: boolean;
  beatAge?: number[];
  fails?: (what: string) => string | undefined;
}

/** A cloud and a store that write down what is done to them. */
function world({ droplets, hidden = {}, holder, serves = false, beatAge = [], fails = () => undefined }: World) {
  const done: string[] = [];
  const act = (what: string) => {
    const reason = fails(what);
    if (reason) return Promise.reject(new Error(reason));
    done.push(what);
    return Promise.resolve();
  };
  const one = (id: string): ListedMachine => ({
    id,
    name: `alpha-${id}`,
    status: droplets[id],
    address: ADDRESS,
    size: 's-2vcpu-4gb',
    tags: ['drill-alpha'],
  });
  const all = (without: string[] = []) =>
    Object.keys(droplets)
      .filter((id) => !without.includes(id))
      .map(one);
  const account = {
    words,
    tagged: (tag: string) => Promise.resolve(tag === 'drill-alpha' ? all(hidden.byTag) : []),
    machines: () => Promise.resolve(all(hidden.inAll)),
    machine: (id: string) => Promise.resolve(droplets[id] && !hidden.byId?.includes(id) ? one(id) : undefined),
    behind: () => Promise.resolve(holder),
    power: (id: string, to: string) =>
      act(`power_${to} ${id}`).then(() => void (droplets[id] = to === 'off' ? 'off' : 'active')),
  } as unknown as MachineAccount;
  const client = {
    send: ({ input }: { input: { Bucket: string; Key?: string; Policy?: string } }) => {
      const allowed =
        input.Policy &&
        (
          JSON.parse(input.Policy) as {
            Statement: Array<{ Principal: { AWS: string[] }; Action: string[]; Resource: string }>;
          }
        ).Statement.filter(({ Action }) => Action.includes('s3:PutObject'));
      if (allowed)
        return act(`only ${allowed.map(({ Resource }) => Resource.split('/')[1]).join()} writes`).then(() => ({}));
      return (
        input.Key?.startsWith('primaries/')
          ? act(`registered ${input.Key.replace(/^primaries\/|\.json$/g, '')}`)
          : Promise.resolve()
      ).then(() => ({ Versions: [] }));
    },
  } as unknown as S3Client;
  const look = {
    account,
    tags: ['drill-alpha', 'drill-alpha-twin'],
    entrance: ADDRESS,
    serves: () => Promise.resolve(serves),
    former: [],
    key: { privateKey: key.secret, hostKey: key.publicHalf ?? '' },
    beatAge: () => Promise.resolve(beatAge.length > 1 ? beatAge.shift() : beatAge[0]),
  };
  const taken = (incarnations: Incarnation[], id: number, generation: number) =>
    takeOver({
      look: { ...look, former: formerOf(incarnations) },
      incarnations,
      client,
      bucket: 'b',
      hasStandby: false,
      checkLease: () => Promise.resolve(),
      accountOf: (prefix) => ({ bucket: 'b', prefix, accessKey: `b-${prefix}`, secretKey: 's' }),
      own: { stack: 'drill', host: 'alpha', incarnation: String(id), address: ADDRESS, generation },
    });
  const said = (incarnations: Incarnation[], generation: number) =>
    absence({ ...look, former: formerOf(incarnations) }, 'alpha', generation);
  return { account, done, taken, said };
}

test.each([
  ['its tag', { byId: ['1'], inAll: ['1'] }],
  ['its id', { byTag: ['1'], inAll: ['1'] }],
  ['the whole list', { byTag: ['1'], byId: ['1'] }],
])('a machine that only %s shows is not replaced unasked', async (_, hidden) => {
  const { said } = world({ droplets: { 1: 'active' }, hidden });
  expect(await said([incarnation(1, 0)], 0)).toEqual([
    expect.stringMatching(/is still there: the cloud lists alpha-1 \(1, active.*raise fleet:rebuild\.alpha to 1$/),
  ]);
});

test('a machine that no list shows and that goes on beating is not replaced unasked', async () => {
  expect(await world({ droplets: {}, beatAge: [9000, 12_000, 1000] }).said([incarnation(1, 0)], 0)).toEqual([
    expect.stringContaining('its heartbeats reach the store'),
  ]);
  expect(await world({ droplets: {}, beatAge: [9000, 16_000] }).said([incarnation(1, 0)], 0)).toEqual([]);
});

test('a machine whose successor was asked for is in nobody’s way', async () => {
  expect(await world({ droplets: { 1: 'active' } }).said([incarnation(1, 0)], 1)).toEqual([]);
});

test('what was the primary is off before another machine writes, however many there are; a stranger with the tag is left alone', async () => {
  const { done, taken } = world({ droplets: { 1: 'active', 2: 'active', 3: 'active', 7: 'active' } });
  await taken([incarnation(2, 1), incarnation(1, 0)], 3, 2);
  expect(done.slice(0, 2).sort()).toEqual(['power_off 1', 'power_off 2']);
  expect(done.slice(2)).toEqual(['registered 3', 'only 3 writes']);
});

test('a machine that the cloud lists again when it is to be replaced unasked stops the takeover', async () => {
  const { done, taken } = world({ droplets: { 1: 'active', 2: 'active' } });
  await expect(taken([incarnation(1, 0)], 2, 0)).rejects.toThrow(/still there.*raise fleet:rebuild\.alpha to 1/);
  expect(done).toEqual([]);
});

test.each([
  ['it cannot be powered off', 'power_off 1', ['only 1 writes']],
  ['the new one cannot be registered', 'registered 2', ['power_off 1', 'only 1 writes', 'power_on 1']],
  ['the new one gets no key', 'only 2 writes', ['power_off 1', 'registered 2', 'only 1 writes', 'power_on 1']],
])(
  'where %s, the old machine gets its key and its power back, and the error says that it serves',
  async (_, failing, expected) => {
    const { done, taken } = world({
      droplets: { 1: 'active', 2: 'active' },
      serves: true,
      fails: (what) => (what === failing ? 'HTTP 422' : undefined),
    });
    await expect(taken([incarnation(1, 0)], 2, 1)).rejects.toThrow(
      /^HTTP 422; the machine of alpha until now \(droplet 1.*serves again$/,
    );
    expect(done).toEqual(expected);
  },
);

test('where the old machine cannot be brought back either, the error says what is off and the command', async () => {
  const { taken } = world({
    droplets: { 1: 'active', 2: 'active' },
    fails: (what) => (['registered 2', 'power_on 1'].includes(what) ? 'HTTP 422' : undefined),
  });
  await expect(taken([incarnation(1, 0)], 2, 1)).rejects.toThrow(
    /is stopped and could not be brought back \(HTTP 422\); power it on: doctl compute droplet-action power-on 1 --wait$/,
  );
});

test('going back to a machine is refused once something was written to its successor', async () => {
  const { done, taken } = world({ droplets: { 1: 'off', 2: 'active' } });
  await expect(taken([incarnation(2, 1, { services: ['gitea'] }), incarnation(1, 0)], 1, 0)).rejects.toThrow(
    /would lose what was written.*set fleet:rebuild\.alpha to 2/,
  );
  expect(done).toEqual([]);
  const free = world({ droplets: { 1: 'active', 2: 'active' } });
  await free.taken([incarnation(2, 1), incarnation(1, 0)], 1, 0);
  expect(free.done).toEqual(['power_off 2', 'registered 1', 'only 1 writes']);
});

test('a new machine that the account has no more is told at once, not waited for', async () => {
  const { account } = world({ droplets: {} });
  await expect(wake('alpha', '2', ADDRESS, account)).rejects.toThrow(
    /^the new machine of alpha \(droplet 2, 127\.0\.0\.250\) is gone.*run the update again with --refresh/,
  );
});

test('a machine that was stopped for its successor is switched on before it is reached', async () => {
  const server = createServer().listen(22, '127.0.0.251');
  await once(server, 'listening');
  try {
    const { account, done } = world({ droplets: { 1: 'off' } });
    await wake('alpha', '1', '127.0.0.251', account);
    expect(done).toEqual(['power_on 1']);
  } finally {
    server.close();
  }
});
