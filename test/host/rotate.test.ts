/** A new folder in the store every hour: nothing is lost on the way from one to the other, and no older one is listed for a restore. */
import { execFileSync } from 'child_process';
import { mkdirSync, readFileSync, rmSync } from 'fs';
import { createServer } from 'net';
import { join } from 'path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { keysBelow, versionsOf } from '../../components/store/objects';
import { candidatesOf, incarnationsOf } from '../../components/store/restore-points';
import { Host, OWNER, SECRETS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(180_000);

let store: Store;
let host: Host;
let live: string;
let metrics: string;
const hosts: Host[] = [];

const sql = (text: string) => execFileSync('sqlite3', [live, text], { encoding: 'utf8' }).trim();
const rows = () => sql('SELECT group_concat(value) FROM kept');
const write = (value: string) => sql(`INSERT INTO kept VALUES ('${value}')`);
const folders = () => readFileSync(join(host.state, 'state/first/database-folders'), 'utf8').trim().split('\n');
const keys = (folder: string) => store.keys(`first/forge/database/${folder}`).length;
/** What the store shows: on its disk there is a file for what is hidden too. */
const shown = (prefix: string) => store.as((client) => keysBelow(client, 'bucket', prefix));
const env = () => ({ FLEET_LITESTREAM_METRICS: metrics });
const rotate = (more: NodeJS.ProcessEnv = {}) => host.run('rotate', [], { env: { ...env(), ...more } });

function newHost(incarnation: string): Host {
  const made = new Host(store, incarnation, new Date().toISOString());
  hosts.push(made);
  made.plan({ database: { path: live ?? join(made.data, 'forge.db') } });
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

async function until(what: string, check: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !check();) {
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Until all that was written is in the store. */
const shipped = () =>
  until('litestream has shipped all', () => {
    const text = `load_store; FLEET_LITESTREAM_METRICS=${metrics}; if database_caught_up '${live}' '${OWNER}'; then echo yes; fi`;
    return host.shell(text).trim() === 'yes';
  });

/** Writes a row and waits until litestream has seen and shipped it. */
async function writeAndShip(value: string): Promise<void> {
  const [folder] = folders();
  const before = keys(folder ?? '');
  write(value);
  await until(`${value} is shipped`, () => keys(folder ?? '') > before);
  await shipped();
}

beforeAll(async () => {
  store = await Store.start();
  host = newHost('first');
  live = join(host.data, 'forge.db');
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}/metrics`;
  // Of all units there is fleet-litestream.service only, and that one is real.
  const [pid, log] = [join(host.folder, 'litestream.pid'), join(host.folder, 'litestream.log')];
  host.standIn(
    'systemctl',
    `#!/bin/bash
runs() { [ -s '${pid}' ] && kill -0 "$(<'${pid}')" 2>/dev/null; }
stop() { if runs; then kill -TERM "$(<'${pid}')"; while runs; do sleep 0.05; done; fi; }
start() {
  sed 's/127.0.0.1:9187/127.0.0.1:${port}/' '${host.etc}/litestream.yml' >'${host.folder}/litestream.yml'
  AWS_ACCESS_KEY_ID='${SECRETS.access}' AWS_SECRET_ACCESS_KEY='${SECRETS.secret}' '${store.tools.litestream}' replicate -config '${host.folder}/litestream.yml' -no-expand-env >>'${log}' 2>&1 </dev/null & echo $! >'${pid}'
}
case "$*" in
  *is-active*fleet-litestream*) runs ;;
  *is-active*) exit 3 ;;
  stop*fleet-litestream*) stop ;;
  start*fleet-litestream*) runs || start ;;
  restart*fleet-litestream*) stop; start ;;
esac
`,
  );
  sql("PRAGMA journal_mode = wal; CREATE TABLE kept (value TEXT); INSERT INTO kept VALUES ('one')");
  host.protect();
  host.complete();
  host.must('backup-settings');
  await shipped();
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  execFileSync(join(host.folder, 'bin/systemctl'), ['stop', 'fleet-litestream.service'], { stdio: 'ignore' });
  for (const one of hosts) one.remove();
  store.stop();
});

test('writes go on while the folder changes, and each moment comes from the folder of its time', async () => {
  const before = new Date().toISOString();
  expect(await host.planned().then(({ parts }) => parts.database?.objects[0]?.key)).toContain('/database/00000000/');
  for (let hour = 1; hour <= 5; hour++) {
    write(`during ${hour}`);
    expect(rotate()).toMatchObject({ code: 0 });
    expect(folders()).toEqual([String(hour).padStart(8, '0')]);
    await writeAndShip(`in ${hour}`);
  }
  await writeAndShip('last');
  // What the newest folder replaces is shown no more.
  expect((await shown('first/forge/database/')).filter((key) => !key.includes('/database/00000005/'))).toEqual([]);

  const all = rows();
  const plan = await host.planned();
  expect(new Set(plan.parts.database?.objects.map(({ key }) => key.split('/')[3]))).toEqual(new Set(['00000005']));
  for (const [at, wanted] of [
    [undefined, all],
    [before, 'one'],
  ] as const) {
    execFileSync(join(host.folder, 'bin/systemctl'), ['stop', 'fleet-litestream.service'], { stdio: 'ignore' });
    rmSync(host.data, { recursive: true });
    mkdirSync(host.data);
    await newHost(`second-${wanted.length}`).mustRestore([], { at });
    expect(rows()).toBe(wanted);
  }
});

test('a restore lists the newest folder, the one before only while that is shown, and of an earlier moment those that had begun last by then', async () => {
  const listed = (before?: number) =>
    store.as(async (client) => {
      const prefixes: string[] = [];
      client.middlewareStack.add((next) => (args) => {
        const { Prefix, MaxKeys } = args.input as { Prefix?: string; MaxKeys?: number };
        const [, folder] = /^first\/forge\/database\/(\d+)\/$/.exec(Prefix ?? '') ?? [];
        if (folder && MaxKeys === undefined) prefixes.push(folder);
        return next(args);
      });
      const incarnations = await incarnationsOf(client, 'bucket');
      const [candidate] = await candidatesOf({ client, bucket: 'bucket', host: 'alpha', incarnations }, 'forge', [
        'database',
      ]);
      await candidate?.listing(before);
      return [...new Set(prefixes)].sort();
    });
  // What somebody with the host's key names otherwise is no folder of a database.
  await store.as((client) =>
    client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'first/forge/database/zz/junk', Body: 'junk' })),
  );
  expect(await listed()).toEqual(['00000005']);
  const [older = ''] = (await store.as((client) => versionsOf(client, 'bucket', 'first/forge/database/00000004/'))).map(
    ({ key }) => key,
  );
  await store.as((client) => client.send(new PutObjectCommand({ Bucket: 'bucket', Key: older, Body: 'shown' })));
  expect(await listed()).toEqual(['00000004', '00000005']);
  await store.as((client) => client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: older })));
  const written = await store.as((client) => versionsOf(client, 'bucket', 'first/forge/database/00000005/'));
  const begun = Math.min(...written.map(({ at }) => at));
  expect(await listed(begun - 1)).toEqual(['00000003', '00000004']);
});

test('one that was killed goes on with the folder that it had begun; one that cannot end ships to both, and says so', async () => {
  execFileSync(join(host.folder, 'bin/systemctl'), ['stop', 'fleet-litestream.service'], { stdio: 'ignore' });
  host.write(join(host.state, 'state/first/database-folders'), '00000005\n00000006\n');
  const others = ['first/other/database/00000000/piece', 'first/forge/files/00000000/piece'];
  const left = 'first/forge/database/00000002/left';
  for (const Key of [...others, left])
    await store.as((client) => client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body: 'left' })));
  const late = rotate({ FLEET_ROTATE_SECONDS: '0', FLEET_LITESTREAM_METRICS: 'http://127.0.0.1:9/metrics' });
  expect(late).toMatchObject({ code: 1, err: expect.stringMatching(/did not reach its new folder 00000006/) });
  expect(folders()).toEqual(['00000005', '00000006']);
  await until('the first segments', () => keys('00000006') > 0);
  expect(rotate()).toMatchObject({ code: 0 });
  expect(folders()).toEqual(['00000006']);
  // What an earlier one left is hidden now, and nothing of anybody else.
  const all = await shown('first/');
  expect([...others, left].filter((key) => all.includes(key))).toEqual(others);
  expect(all.filter((key) => /database\/\d+\/generations/.test(key) && !key.includes('/00000006/'))).toEqual([]);
});

test('a store that does not answer leaves what is to be hidden for the next one', async () => {
  host.standIn('rclone', '#!/bin/sh\nexit 1\n');
  expect(rotate()).toMatchObject({ code: 0, err: expect.stringContaining('did not hide all of the older folders') });
  expect(await shown('first/forge/database/00000006/')).not.toEqual([]);
  host.removeStandIn('rclone');
  expect(rotate()).toMatchObject({ code: 0 });
  expect(await shown('first/forge/database/00000006/')).toEqual([]);
});
