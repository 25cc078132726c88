/** A site of the store is lost, the first or the second, and comes back from the other one with all that the fleet has backed up. */
import execa from 'execa';
import { withStore } from '../../components/store/client';
import { planOf } from '../../components/store/choice';
import type { Plan } from '../../components/store/plan';
import { keepPoint } from '../../components/store/points';
import { STORE_PORT, STORE_STATE, STORE_USER } from '../../services/store';
import { required } from '../../stacks/model/required';
import { NAMESPACE } from '../../stacks/model/settings';
import { paths } from '../../localcloud/paths';
import { storeFolders } from '../../localcloud/store/layout';
import { changesNothing, phase, runEngine, storeAdminOf, type Seeded } from '../context';
import { control } from '../control';
import { dropletOf } from '../droplet';
import { destroy } from '../phases/destroy';
import { plansOfHost, settingsFile } from '../settings';
import { bucketOfHost, inStore } from '../store';
import { contentsOf, makeStore, onSite, type StoreStack } from '../store-host';
import { throughTunnel } from '../tunnel';
import { fleetPlain } from './child';
import type { Fault } from './fault';
import { until } from './steps';

type Site = keyof StoreStack['sites'];

/** A store that holds what the fleet has backed up, and what that is. */
interface Filled extends StoreStack {
  contents: string;
  /** What the forge would be restored from. */
  plan: Plan;
}

const lost = (kind: string, site: Site, title: string): Fault => ({
  kind,
  title,
  ends: 'recovers',
  timed: false,
  run: async (drill) => {
    const store = await phase(drill, 'store', 'both sites of a store, and in it what the fleet has backed up', filled);
    await phase(store, 'fault', 'a site is gone, disk and all', (one) => lose(one, site));
    await phase(store, 'rebuild', 'up --refresh', (one) => runEngine(one, 'up', { refresh: true }));
    await phase(store, 'compare', 'every version, on both sites', (one) => compared(drill, one));
    await destroy(drill, store);
  },
});

export const storeLost = lost('store-lost', 'first', 'the first site of the store is gone; the second has all of it');
export const siteLost = lost('site-lost', 'second', 'the second site of the store is gone; it follows the first again');

/** What the cloud's store holds, as it lies there, in a store of the fleet's own. */
async function filled(drill: Seeded): Promise<Filled> {
  const store = await makeStore(drill);
  const { first } = store.sites;
  const plan = await planFrom(drill, storeAdminOf(drill));
  // As a proof would: with locks, and a point that the scrub holds against them.
  await inStore(drill, (client) =>
    keepPoint(
      client,
      bucketOfHost(drill),
      { moment: plan.moment, host: drill.hostName, plans: [plan] },
      drill.declaration.backup.keep,
    ),
  );
  const { stdout } = await execa(
    'tar',
    [
      '--xattrs',
      '--exclude=.sgwtmp',
      '--exclude=.vgwlocks',
      '-C',
      paths().store,
      '-cf',
      '-',
      ...Object.keys(storeFolders('')),
    ],
    { encoding: null, maxBuffer: 2 ** 30 },
  );
  const unpack = `base64 -d | tar --xattrs --xattrs-include='user.*' -C ${STORE_STATE} -xf -`;
  await onSite(
    first,
    `systemctl stop fleet-store && ${unpack} && chown -R ${STORE_USER}: ${STORE_STATE} && systemctl start fleet-store`,
    stdout.toString('base64'),
  );
  await onSite(store.sites.second, 'systemctl start fleet-store-pull');
  const contents = await contentsOf(first);
  drill.record.check(
    'the second site follows the first',
    contents === (await contentsOf(store.sites.second)),
    `${contents.split('\n').length} files and folders, with their attributes`,
  );
  return { ...store, contents, plan };
}

/** What the forge is restored from by this store. */
async function planFrom(drill: Seeded, access: ReturnType<typeof storeAdminOf>, before = Date.now()): Promise<Plan> {
  const identity = (await settingsFile(drill)).text(`${NAMESPACE}:backupIdentity`);
  const service = required(
    (await plansOfHost(drill)).find(({ name }) => name === 'gitea'),
    'the plan of the forge',
  );
  const { declaration, hostName } = drill;
  const bucket = bucketOfHost(drill);
  return withStore(access, async (client) => {
    const source = { client, bucket, host: hostName, before, keep: declaration.backup.keep };
    return (await planOf(source, identity, service)).plan;
  });
}

async function lose(store: Filled, site: Site): Promise<void> {
  const droplet = await dropletOf({ ...store, sshTarget: store.sites[site] });
  await control(store, `droplets/${droplet}/destroy`);
  const { code, output } = await fleetPlain(store, ['status', '--stack', store.declaration.stack]);
  store.record.check(
    'an operator sees that the site is gone',
    code !== 0,
    /^.*relied on.*$/m.exec(output)?.[0] ?? output.trim(),
  );
}

async function compared(drill: Seeded, store: Filled): Promise<void> {
  const { record } = drill;
  await onSite(store.sites.second, 'systemctl start fleet-store-pull');
  for (const [name, site] of Object.entries(store.sites)) {
    const now = await contentsOf(site);
    record.check(
      `the ${name} site has every version, with its id, its lock and its content`,
      now === store.contents,
      now === store.contents ? `${now.split('\n').length} files and folders` : differing(store.contents, now),
    );
  }
  const access = storeAdminOf(drill);
  const plan = await throughTunnel(store.sites.first, STORE_PORT, (port) =>
    planFrom(drill, { ...access, endpoint: `http://127.0.0.1:${port}` }, Date.parse(store.plan.moment)),
  );
  record.check(
    'the forge would be restored from the same objects, and they open',
    JSON.stringify(plan) === JSON.stringify(store.plan),
    `${Object.values(plan.parts).reduce((sum, { objects }) => sum + objects.length, 0)} objects, by version`,
  );
  const scrubbed = await fleetPlain(store, ['scrub', '--stack', store.declaration.stack]);
  const points = scrubbed.output.match(/ and 1 kept points read /g) ?? [];
  record.check(
    'everything on both sites is what was written, and a kept point has all that it names',
    scrubbed.code === 0 && points.length === 2,
    scrubbed.output.trim(),
  );
  await until(drill, 'the status of both sites', async () => {
    const { code, output } = await fleetPlain(store, ['status', '--stack', store.declaration.stack]);
    return code === 0 || output.trim();
  });
  record.check('an operator sees that both sites can be relied on', true, 'fleet status');
  await changesNothing(store, 'a second update changes nothing');
}

function differing(before: string, now: string): string {
  const [had, has] = [before, now].map((text) => new Set(text.split('\n')));
  const lines = [...(had ?? [])].filter((line) => !has?.has(line)).map((line) => `- ${line}`);
  const more = [...(has ?? [])].filter((line) => !had?.has(line)).map((line) => `+ ${line}`);
  return [...lines, ...more].slice(0, 4).join('; ');
}
