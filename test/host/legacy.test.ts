/** Taking an older database in while the real litestream ships the one that is there: what is in the store afterwards can be restored. */
import { execFileSync } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'fs';
import { join } from 'path';
import { Host, OWNER, SECRETS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(180_000);

let store: Store;
let host: Host;
const hosts: Host[] = [];
const sql = (file: string, text: string) => execFileSync('sqlite3', [file, text], { encoding: 'utf8' }).trim();

function newHost(incarnation: string, database?: string): Host {
  const made = new Host(store, incarnation, new Date().toISOString());
  hosts.push(made);
  const plan = {
    name: 'gitea',
    kind: 'gitea',
    packages: [],
    users: [{ name: OWNER, home: made.data }],
    directories: [],
    files: [],
    units: [{ name: 'gitea.service', start: true, content: '' }],
    ports: [],
    dependsOn: [],
    hooks: [],
    health: { unit: 'gitea.service' },
  };
  made.write(
    join(made.etc, 'services/gitea.json'),
    JSON.stringify({ ...plan, dataset: { owner: OWNER, database: { path: database ?? join(made.data, 'gitea.db') } } }),
  );
  return made;
}

beforeAll(async () => {
  store = await Store.start();
  host = newHost('first');
  // Of all units there is fleet-litestream.service only, and that one is real.
  const [pid, log] = [join(host.folder, 'litestream.pid'), join(host.folder, 'litestream.log')];
  host.standIn(
    'systemctl',
    `#!/bin/bash
echo "$*" >>'${host.state}/systemctl.log'
runs() { [ -s '${pid}' ] && kill -0 "$(<'${pid}')" 2>/dev/null; }
case "$*" in
  *is-active*fleet-litestream*) runs ;;
  *is-active*) exit 3 ;;
  stop*) if runs; then kill -TERM "$(<'${pid}')"; while runs; do sleep 0.05; done; fi ;;
  start*) AWS_ACCESS_KEY_ID='${SECRETS.access}' AWS_SECRET_ACCESS_KEY='${SECRETS.secret}' '${store.tools.litestream}' replicate -config '${host.folder}/litestream.yml' -no-expand-env >>'${log}' 2>&1 </dev/null & echo $! >'${pid}' ;;
esac
`,
  );
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  systemctl('stop');
  for (const one of hosts) one.remove();
  store.stop();
});

const systemctl = (verb: string) =>
  execFileSync(join(host.folder, 'bin/systemctl'), [verb, 'fleet-litestream.service'], { stdio: 'ignore' });

async function shipped(more: number): Promise<void> {
  const keys = () => store.keys('first/gitea/database').length;
  for (const [before, end] = [keys(), Date.now() + 30_000]; keys() < before + more;) {
    if (Date.now() > end)
      throw new Error(
        `litestream shipped nothing for 30 s: ${readFileSync(join(host.folder, 'litestream.log'), 'utf8')}`,
      );
    await new Promise((next) => setTimeout(next, 50));
  }
}

test('the shipping stands still while the database is exchanged, and begins anew with the one that was taken in', async () => {
  const live = join(host.data, 'gitea.db');
  const old = join(host.folder, 'old/gitea-20260425.db');
  mkdirSync(join(host.folder, 'old'));
  for (const [file, rows] of [
    [live, 40],
    [old, 4000],
  ] as const)
    sql(
      file,
      `PRAGMA journal_mode = wal; CREATE TABLE kept (value TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO kept SELECT '${file}' || i FROM n`,
    );
  host.write(
    join(host.folder, 'litestream.yml'),
    JSON.stringify({
      dbs: [
        {
          path: live,
          'monitor-interval': '1s',
          replicas: [
            {
              ...JSON.parse(host.shell('load_store; litestream_replicas gitea'))[0],
              'sync-interval': '1s',
              retention: '0s',
            },
          ],
        },
      ],
    }),
  );
  systemctl('start');
  await shipped(2);
  host.must('import-legacy', ['gitea', old]);
  expect(sql(live, 'SELECT count(*) FROM kept')).toBe('4000');
  for (let n = 0; n < 3; n++) {
    sql(live, `INSERT INTO kept VALUES ('after ${n}')`);
    await shipped(1);
  }
  systemctl('stop');

  rmSync(host.data, { recursive: true });
  mkdirSync(host.data);
  await newHost('second', live).mustRestore([], { name: 'gitea' });
  expect(sql(live, 'SELECT count(*) FROM kept')).toBe('4003');
  expect(existsSync(`${live}-wal`)).toBe(false);
});
