/** Answers of the two APIs that are not true, or none at all: a healthy host is never replaced for one, and nothing is made twice. */
import { tagOf } from '../../../components/machines/tag';
import { readFileSync, writeFileSync } from 'node:fs';
import { act, digitalOcean } from '../../console';
import type { Seeded } from '../../context';
import { required } from '../../../stacks/model/required';
import { control } from '../../control';
import { fleet } from '../child';
import { stateFile } from '../lock';
import { lowerRebuild, raiseRebuild } from '../../settings';
import { goesOn, putBack, refused, told, type Row, type Things } from './row';
import { table } from './table';

type Fault = Record<string, unknown>;

/** A fault of the APIs, told by the control of the cloud. */
const lie = (drill: Seeded, method: string, path: string, how: Fault): Promise<unknown> =>
  control(drill, 'faults', { match: { method, path }, ...how });
/** The first requests of the kind pass: the looks before the one that is meant. */
const pass = (drill: Seeded, method: string, path: string, count: number): Promise<unknown> =>
  lie(drill, method, path, { delayMs: 0, count });
const once = { status: 404, count: 1 };
/** Longer than any row takes; the table ends it. */
const long = { seconds: 900 };

/** With a successor asked for. */
const asked =
  (prepare: (drill: Seeded, things: Things) => Promise<unknown>): Row['change'] =>
  async (drill, things) => {
    await raiseRebuild(drill);
    await prepare(drill, things);
  };

/** Deletes what a create left that did not end well, as the message says, and goes back. */
async function removeHalfMade(drill: Seeded, { droplet }: Things): Promise<void> {
  const { droplets } = await digitalOcean(drill, 'GET', '/droplets');
  for (const { id } of droplets.filter((one: { id: number }) => one.id !== droplet.id))
    await control(drill, `droplets/${id}/destroy`);
  await lowerRebuild(drill);
}

const PROXY =
  /something between here and .*: look at the proxy|something between here and the API answers instead of it, look at the proxy/;

const rows: Row[] = [
  refused(
    'droplet: one 404 in the refresh',
    (drill, { droplet }) => lie(drill, 'GET', `/v2/droplets/${droplet.id}`, once),
    [
      /is still there: the cloud lists/,
      /Droplet \d+ is there, though one answer said that it was gone: it is in the state again/,
    ],
  ),
  ...[0, 1, 2, 3].map((before) =>
    goesOn(
      `droplet: missing in the list, look ${before + 1}`,
      async (drill, { droplet }) => {
        if (before) await pass(drill, 'GET', '/v2/droplets', before);
        await lie(drill, 'GET', '/v2/droplets', { hide: String(droplet.id), count: 1 });
      },
      /nothing to change/,
    ),
  ),
  putBack('firewall: one 404', (drill, { firewall }) => lie(drill, 'GET', `/v2/firewalls/${firewall.id}`, once), [
    /an older one of HOST, was removed/,
    /create Firewall HOST/,
  ]),
  putBack('key: one 404', (drill, { key }) => lie(drill, 'GET', `/v2/account/keys/${key.id}`, once), [
    /the account held the SSH key STACK-deploy already/,
    /create SshKey deploy/,
  ]),
  putBack(
    'record: one 404',
    (drill, { record }) => lie(drill, 'GET', `/client/v4/zones/*/dns_records/${record.id}`, once),
    [/the zone held the record of \S+ already/, /create DnsRecord HOST-NAME/],
  ),
  putBack(
    'tag: one 404',
    (drill) => lie(drill, 'GET', `/v2/tags/${tagOf(drill.declaration, drill.hostName)}`, once),
    /create Tag HOST/,
  ),
  refused(
    'address: one 404 to the first who asks',
    (drill, { address }) => lie(drill, 'GET', `/v2/reserved_ips/${address}`, once),
    /ReservedIp \S+ is there, though one answer said that it was gone|does not exist, but an assignment of it is in the state/,
  ),
  refused(
    'address: one 404 to the second who asks',
    async (drill, { address }) => {
      await pass(drill, 'GET', `/v2/reserved_ips/${address}`, 1);
      await lie(drill, 'GET', `/v2/reserved_ips/${address}`, once);
    },
    /does not exist, but an assignment of it is in the state|ReservedIp \S+ is there, though one answer said that it was gone|One answer said that the address \S+ is not there, though the account lists it/,
  ),
  told(
    'address: the action that moved it answers 404',
    async (drill, { address }) => {
      await act(drill, `/reserved_ips/${address}`, { type: 'unassign' });
      await lie(drill, 'GET', `/v2/reserved_ips/${address}/actions/*`, once);
    },
    /Error assigning reserved IP.*actions.*404/,
    { interrupts: true },
  ),
  refused(
    'limit: 429 for an hour, from the first request on',
    (drill) => lie(drill, 'GET', '/v2/*', { status: 429, retryAfter: 3600, ...long }),
    /DigitalOcean takes no more requests with this token for 3600 s; run this again then/,
  ),
  refused(
    'limit: 429 for an hour, in the middle of the refresh',
    (drill, { firewall }) =>
      lie(drill, 'GET', `/v2/firewalls/${firewall.id}`, { status: 429, retryAfter: 3600, ...long }),
    /it takes no more requests for 3600 s, run this again then/,
  ),
  refused(
    'proxy: a page with 403 instead of DigitalOcean',
    (drill) => lie(drill, 'GET', '/v2/*', { status: 403, page: true, ...long }),
    [PROXY],
  ),
  refused(
    'proxy: a page with 403 instead of Cloudflare',
    (drill) => lie(drill, 'GET', '/client/v4/*', { status: 403, page: true, ...long }),
    [PROXY],
  ),
  refused(
    'proxy: a page with 502 in the middle of the refresh',
    (drill, { firewall }) => lie(drill, 'GET', `/v2/firewalls/${firewall.id}`, { status: 502, page: true, ...long }),
    [PROXY],
  ),
  refused(
    'proxy: a page with 404 in the middle of the refresh',
    (drill, { droplet }) => lie(drill, 'GET', `/v2/droplets/${droplet.id}`, { status: 404, page: true, ...long }),
    [PROXY],
  ),
  refused(
    'token: of another account',
    async (drill, things) => {
      const { token } = await control<{ token: string }>(drill, 'tokens', { account: 'other' });
      things.env = { DIGITALOCEAN_TOKEN: token };
    },
    /DIGITALOCEAN_TOKEN is a token of another account \(somebody-else@drill\.test\)/,
  ),
  // The tag and the firewall of the new machine are made before it, and go when the value is lowered.
  told(
    'limit: no droplet more, with a successor asked for',
    asked((drill) => control(drill, 'limits', { droplets: 1 })),
    /holds 1 droplets and may hold 1, so a new one for HOST would be refused.*ask DigitalOcean/,
    {
      mend: async (drill) => {
        await control(drill, 'limits', { droplets: 25 });
        await lowerRebuild(drill);
      },
    },
  ),
  goesOn(
    'create: ends in error, with a successor asked for',
    asked((drill) => control(drill, 'creates', { end: 'errored' })),
    /droplet \d+ \(HOST(-twin)?\) did not come up \(its status is off\): it was deleted, and another one is made/,
    { interrupts: true, renews: true },
  ),
  told(
    'create: ends in error twice, with a successor asked for',
    asked((drill) => control(drill, 'creates', { end: 'errored', count: 2 })),
    [
      /did not come up \(its status is off\): it was deleted, and another one is made/,
      /Droplet \d+ (was made and did not start|did not come up)/,
      /doctl compute droplet delete \d+/,
    ],
    { mend: removeHalfMade },
  ),
  goesOn(
    'create: the machine vanishes before its first SSH, with a successor asked for',
    asked((drill) => control(drill, 'creates', { end: 'vanishes' })),
    /droplet \d+ \(HOST(-twin)?\) is gone before it served: another one is made/,
    { interrupts: true, renews: true },
  ),
  told(
    'power off: 422, with a successor asked for',
    asked((drill) =>
      lie(drill, 'POST', '/v2/droplets/*/actions', { status: 422, message: 'Droplet is locked by support.', count: 1 }),
    ),
    /answered 422 to POST \S+\/actions \(Droplet is locked by support\.\).*serves again/,
    { interrupts: true, renews: true },
  ),
  goesOn(
    'create: 500 after it was done, with a successor asked for',
    asked(async (drill) => {
      // The look for the token's scopes, an order without content, comes first.
      await pass(drill, 'POST', '/v2/droplets', 1);
      await lie(drill, 'POST', '/v2/droplets', { status: 500, after: true, count: 1 });
    }),
    /create Droplet HOST/,
    { interrupts: true, renews: true },
  ),
  // Tag and firewall come before the machine: they are taken over, the same as before.
  told(
    'state: the one from before the last rebuild',
    async (drill, things) => {
      const old = readFileSync(stateFile(drill));
      await raiseRebuild(drill);
      await fleet(drill, 'up', ['--refresh']);
      things.state = readFileSync(stateFile(drill));
      writeFileSync(stateFile(drill), old);
    },
    /is still there: .*A state that does not know it may be an older one: bring back the newest/,
    {
      interrupts: true,
      renews: true,
      mend: async (drill, { state }) => writeFileSync(stateFile(drill), required(state, 'the state')),
    },
  ),
  // An event that never ends forbids the deletion as well.
  told(
    'create: stays new, with a successor asked for',
    asked((drill) => control(drill, 'creates', { end: 'stuck' })),
    [/Droplet \d+ did not come up, and DigitalOcean does not delete it now/, /doctl compute droplet delete \d+/],
    { mend: removeHalfMade },
  ),
];

export const apiLies = table('api-lies', 'answers of the APIs are untrue, late or missing, one after another', rows, {
  verbs: ['up'],
});
