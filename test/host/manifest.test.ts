/** What a host's manifest becomes before anything is installed: plain files, or one sentence and nothing. */
import { execFileSync, spawnSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { SCRIPTS } from '../../scripts/sandbox/sandbox';

const manifest = {
  host: {
    stack: 'drill',
    host: 'alpha',
    incarnation: '1001',
    domain: 'drill.test',
    store: { endpoint: 'http://store', region: 'r', bucket: 'b', prefix: '1001' },
  },
  store: { accessKey: 'access', secretKey: `it's $HOME "odd"` },
  backup: { identity: 'AGE-SECRET-KEY-1X', recipient: 'age1x', resticPassword: 'restic' },
  operators: [{ name: 'deploy', publicKey: 'ssh-ed25519 AAAA someone@somewhere' }],
  publicPorts: [
    { port: 443, protocol: 'tcp' },
    { port: 80, protocol: 'tcp' },
    { port: 443, protocol: 'tcp' },
    { port: 3478, protocol: 'udp' },
  ],
  artifacts: [
    {
      name: 'rclone',
      version: '1',
      layout: 'zip',
      url: 'https://u',
      pin: 'f00',
      members: { 'a/rclone': 'bin', 'lib/*': 'lib/rclone' },
    },
    {
      name: 'relay',
      version: '2',
      layout: 'source',
      url: 'https://s',
      pin: 'c0',
      members: { relay: 'bin' },
      build: ['make setup', 'make'],
    },
    { name: 'game', version: '3', layout: 'python', url: 'https://i' },
  ],
  users: [
    { name: 'gitea', home: '/var/lib/gitea', shell: '/bin/bash' },
    { name: 'caddy', home: '/var/lib/caddy' },
  ],
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fleet-manifest-'))));

function layOut(content: string) {
  writeFileSync(join(folder, 'manifest.json'), content);
  return spawnSync('python3', [join(SCRIPTS, 'lib/manifest.py'), join(folder, 'manifest.json'), folder], {
    encoding: 'utf8',
  });
}

test('every part becomes a file that only root reads', () => {
  expect(layOut(JSON.stringify(manifest))).toMatchObject({ status: 0, stderr: '' });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  expect(read('names')).toBe('alpha\ndrill.test\n');
  expect(read('users')).toBe('gitea\t/var/lib/gitea\t/bin/bash\ncaddy\t/var/lib/caddy\t/usr/sbin/nologin\n');
  expect(read('operators')).toBe('ssh-ed25519 AAAA fleet:deploy\n');
  expect(read('ports.nft')).toBe(
    'add element inet fleet tcp_ports { 22, 80, 443 }\nadd element inet fleet udp_ports { 3478 }\n',
  );
  expect(read('artifacts')).toBe(
    'rclone\t1\tzip\thttps://u\tf00\ta/rclone:bin|lib/*:lib/rclone\t-\nrelay\t2\tsource\thttps://s\tc0\trelay:bin\tmake setup|make\ngame\t3\tpython\thttps://i\t-\t-\t-\n',
  );
  expect(JSON.parse(read('host.json'))).toEqual(manifest.host);
  expect([read('backup.identity'), read('backup.recipient'), read('restic.password')]).toEqual([
    'AGE-SECRET-KEY-1X\n',
    'age1x\n',
    'restic\n',
  ]);
  expect(
    execFileSync('bash', ['-c', `. '${join(folder, 'store.env')}'; printf %s "$AWS_SECRET_ACCESS_KEY|$FLEET_PREFIX"`], {
      encoding: 'utf8',
    }),
  ).toBe(`${manifest.store.secretKey}|1001`);
  for (const name of readdirSync(folder).filter((one) => one !== 'manifest.json'))
    expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
});

test.each([
  [
    'lacks: store.secretKey, backup.identity',
    JSON.stringify({ ...manifest, store: { accessKey: 'access' }, backup: { ...manifest.backup, identity: '' } }),
  ],
  ['is not valid JSON', 'nonsense'],
])('what is wrong is said without any value, and nothing is written: %s', (said, content) => {
  const result = layOut(content);
  expect(result.status).not.toBe(0);
  expect(result.stderr).toBe(`the manifest on stdin ${said}\n`);
  expect(readdirSync(folder)).toEqual(['manifest.json']);
});
