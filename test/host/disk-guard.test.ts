/** On a full disk nothing more is acknowledged, the backups get the reserve, and everything goes back once there is room. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Host, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

let store: Store;
let alpha: Host;

beforeAll(async () => {
  store = await Store.start();
  alpha = new Host(store, 'first', new Date().toISOString());
  alpha.plan(
    { database: { path: join(alpha.data, 'forge.db') } },
    {
      units: [
        { name: 'forge.service', content: '', start: true },
        { name: 'forge-tidy.service', content: '', start: false },
      ],
    },
  );
  alpha.protect();
  alpha.standIn('df', `#!/bin/sh\necho Avail\ncat '${alpha.folder}/free'\n`);
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  alpha.remove();
  store.stop();
});

const told = (): string => {
  const file = join(alpha.state, 'systemctl.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
const look = (freeMiB: number) => {
  writeFileSync(join(alpha.folder, 'free'), `${freeMiB}\n`);
  rmSync(join(alpha.state, 'systemctl.log'), { force: true });
  return alpha.run('disk-guard', ['--once'], { env: { FLEET_RESERVE_MIB: '1' } });
};
const reserve = () => existsSync(join(alpha.state, 'reserve'));

test('with room it keeps a reserve and leaves the services alone', () => {
  expect(look(5000).code).toBe(0);
  expect({ reserve: reserve(), told: told() }).toEqual({ reserve: true, told: '' });
});

test('on a full disk the reserve goes and what takes writes stops, once, and says so', () => {
  const first = look(0);
  expect(first.err).toMatch(/the disk is full: forge\.service stop/);
  expect(reserve()).toBe(false);
  // Stopped before the last of it is brought to the store.
  expect(told()).toMatch(/^stop forge\.service\n[^]*is-active fleet-litestream\.service/m);
  // The freed reserve is no room to start again.
  expect(look(100).code).toBe(0);
  expect(look(0).code).toBe(0);
  expect(told()).toBe('');
});

test('the heartbeat names it', () => {
  expect(alpha.run('heartbeat').code).toBe(0);
  expect(JSON.parse(readFileSync(store.path('first/host/heartbeat.json'), 'utf8')).alarms).toEqual([
    expect.stringContaining('all that it acknowledged is in the store'),
  ]);
});

test('until all of it is in the store the heartbeat says so, and it is tried again', () => {
  writeFileSync(join(alpha.state, 'disk-full'), '');
  const settings = readFileSync(join(alpha.etc, 'store.env'), 'utf8');
  expect(alpha.run('heartbeat').code).toBe(0);
  expect(JSON.parse(readFileSync(store.path('first/host/heartbeat.json'), 'utf8')).alarms).toEqual([
    expect.stringContaining('are not in the store yet'),
  ]);
  alpha.write(join(alpha.etc, 'store.env'), settings.replaceAll(store.endpoint, 'http://127.0.0.1:9'));
  expect(look(100).err).toContain('it is tried again');
  expect(readFileSync(join(alpha.state, 'disk-full'), 'utf8')).toBe('');
  alpha.write(join(alpha.etc, 'store.env'), settings);
  look(100);
  expect(readFileSync(join(alpha.state, 'disk-full'), 'utf8')).toBe('forge.service\n');
});

test('with room again the services start, and the reserve is back', () => {
  expect(look(5000).code).toBe(0);
  expect({ reserve: reserve(), told: told() }).toEqual({ reserve: true, told: 'start forge.service\n' });
  expect(alpha.run('heartbeat').code).toBe(0);
  expect(JSON.parse(readFileSync(store.path('first/host/heartbeat.json'), 'utf8')).alarms).toEqual([]);
});
