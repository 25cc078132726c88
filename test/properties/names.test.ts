/** Names and second runs: what is empty or odd is refused before anything is done, and what was done is not done twice. */
import { execFileSync } from 'child_process';
import { mkdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';
import { Ground, OWNER, SCRIPTS } from './support';

let ground: Ground;
beforeEach(() => (ground = new Ground({ moved: { '/root/.ssh': 'ssh' } })));
afterEach(() => ground.remove());

test.each([
  'backup',
  'check',
  'restore',
  'start',
  'verify',
  'transaction',
  'install',
  'watch',
  'git-ship',
  'import-legacy',
])('%s refuses a name that is empty, a path, an option or a command, and does nothing', (script) => {
  for (const program of ['systemctl', 'restic', 'rclone', 'sqlite3', 'git'])
    ground.standIn(program, `echo ${program} >>"$GROUND/done"`);
  ground.plan({ dataset: { owner: OWNER, files: { paths: [ground.data], exclude: [] } } });
  const more: Record<string, string[]> = { transaction: ['https://forge.drill.test'], 'import-legacy': [ground.data] };
  const odd = ['', '..', '../forge', '.', '-r', '*', 'forge.json', 'for ge', '$(touch odd)', '/'];
  const results = odd.map((name) => [name, ground.run(script, [name, ...(more[script] ?? [])]).code]);
  expect(results).toEqual(odd.map((name) => [name, 2]));
  expect(ground.run(script, more[script] ? ['', ...more[script]] : []).code).toBe(2);
  expect(ground.said('done')).toBe('');
});

test('a name is quoted: a folder with spaces, quotes and signs is backed up as the one it is', () => {
  const folder = join(ground.data, "it's a $(touch odd) * name");
  ground.write(join(folder, 'the page'), 'page');
  ground.standIn(
    'restic',
    `for one; do printf '%s\\n' "$one"; done >"$GROUND/asked"; echo '{"message_type":"summary","snapshot_id":"abc"}'`,
  );
  ground.plan({
    dataset: {
      owner: OWNER,
      files: { paths: [folder], exclude: [join(folder, 'left out')], settleSeconds: 1, intervalSeconds: 60 },
    },
  });
  expect(ground.run('backup', ['forge'])).toMatchObject({ code: 0 });
  expect(ground.said('asked').split('\n').slice(-2)).toEqual([folder, '']);
  expect(JSON.parse(ground.said('var/state/mine/forge.files.json'))).toMatchObject({ snapshot: 'abc', count: 1 });
  // Seen as unchanged, it is the same folder the second time.
  ground.forget('asked');
  expect(ground.run('backup', ['forge']).code).toBe(0);
  expect(ground.said('asked')).toBe('');
});

test('keys of the operators are there once however often they are set, only root reads them, and those of others stay', () => {
  const file = join(ground.folder, 'ssh/authorized_keys');
  ground.write(join(ground.folder, 'lines'), 'ssh-ed25519 AAAA fleet:deploy\nssh-ed25519 BBBB fleet:alexander\n');
  mkdirSync(join(ground.folder, 'ssh'));
  ground.write(file, 'ssh-ed25519 CCCC of the machine\nssh-ed25519 DDDD fleet:somebody-who-left\n');
  const set = () => ground.shell('. "$FLEET_LIB/lib/host.sh"; set_operators "$GROUND/lines"');
  for (const round of [1, 2, 3]) expect({ round, ...set() }).toMatchObject({ code: 0 });
  expect(readFileSync(file, 'utf8')).toBe(
    'ssh-ed25519 CCCC of the machine\nssh-ed25519 AAAA fleet:deploy\nssh-ed25519 BBBB fleet:alexander\n',
  );
  expect([statSync(file).mode & 0o777, statSync(join(ground.folder, 'ssh')).mode & 0o777]).toEqual([0o600, 0o700]);
});

test('the journal is limited once, and not started anew for nothing', () => {
  ground.remove();
  ground = new Ground({ moved: { '/etc/systemd/journald.conf.d': 'journald' } });
  const limit = () => ground.shell('. "$FLEET_LIB/lib/host.sh"; limit_journal');
  for (const round of [1, 2]) expect({ round, ...limit() }).toMatchObject({ code: 0 });
  expect(ground.said('journald/fleet.conf')).toBe(readFileSync(join(SCRIPTS, 'etc/journald.conf'), 'utf8'));
  expect(ground.said('systemctl')).toBe('--no-block try-restart systemd-journald.service\n');
});

test('a service is set up the second time as the first: the same files, and nothing is started', () => {
  const path = join(ground.folder, 'etc-of-it/forge.conf');
  const plan = {
    name: 'forge',
    kind: 'forge',
    users: [],
    directories: [{ path: join(ground.folder, 'etc-of-it'), owner: OWNER, group: OWNER, mode: '0750' }],
    hooks: [],
    files: [{ path, owner: OWNER, group: OWNER, mode: '0640', content: 'it\'s a "secret" $HOME\n' }],
    units: [{ name: 'forge.service', content: '[Service]\n', start: true }],
  };
  mkdirSync(join(ground.folder, 'units'));
  const look = () =>
    execFileSync(
      'find',
      [join(ground.folder, 'etc-of-it'), ground.etc, join(ground.folder, 'units'), '-printf', '%p %m %s\n'],
      { encoding: 'utf8' },
    )
      .split('\n')
      .sort();
  const states = [1, 2].map(() => {
    expect(ground.run('install', ['forge'], { input: JSON.stringify(plan) })).toMatchObject({ code: 0 });
    return look();
  });
  expect(states[1]).toEqual(states[0]);
  expect(readFileSync(path, 'utf8')).toBe(plan.files[0].content);
  expect(ground.said('etc/services/forge.json')).not.toContain('secret');
  expect(
    ground
      .said('systemctl')
      .split('\n')
      .filter((line) => /start|enable/.test(line)),
  ).toEqual([]);
});
