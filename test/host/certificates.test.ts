/** Certificates of the proxy: what comes back is served while it is valid, the rest is ordered once the names lead to the host. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { newAuthority, issue, type KeyPair } from '../../localcloud/authority/keys';
import { Host, OWNER, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

const NAMES = ['forge.drill.test', 'hooks.drill.test'];
const DAY_MS = 86_400_000;
const days = (count: number) => new Date(Date.now() + count * DAY_MS);
const VALID = { notBefore: days(-60), notAfter: days(30) };
const EXPIRED = { notBefore: days(-90), notAfter: days(-1) };

let store: Store;
let host: Host;
let authority: KeyPair;
let ordered: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  [store, authority] = await Promise.all([Store.start(), newAuthority()]);
}, TOOLS_TIMEOUT_MS);
afterAll(() => store.stop());

beforeEach(() => {
  host = new Host(store, `host-${Date.now()}`, new Date().toISOString());
  host.plan(
    {},
    {
      kind: 'reverse-proxy',
      users: [{ name: OWNER, home: host.data }],
      hooks: ['verify', 'reconcile', 'certificates'],
      health: { unit: 'caddy.service' },
    },
  );
  host.write(join(host.folder, 'trusted.pem'), authority.certificate, 0o644);
  // The system's trust store of this test.
  host.standIn(
    'openssl',
    `#!/bin/sh\nshift\nexec /usr/bin/openssl verify -no-CApath -CAfile '${host.folder}/trusted.pem' "$@"\n`,
  );
  host.standIn(
    'caddy',
    `#!/bin/sh\necho '${JSON.stringify({ apps: { http: { servers: { srv0: { routes: [{ match: [{ host: [...NAMES, '*.drill.test'] }] }] } } } } })}'\n`,
  );
  // A client: what it trusts is in a folder.
  mkdirSync(join(host.folder, 'trusts'));
  host.standIn(
    'curl',
    `#!/bin/sh\nfor url; do :; done\nname=\${url#https://}; name=\${name%/}\n[ -e '${host.folder}/trusts/'"$name" ] && echo 200 || { echo "curl: (60) not trusted"; exit 60; }\n`,
  );
  host.standIn('journalctl', `#!/bin/sh\necho '{"msg":"will retry","error":"the authority is away"}'\n`);
  ordered = join(host.folder, 'ordered');
  env = { ORDERED: ordered, PROXY_CONFIG: join(host.folder, 'Caddyfile') };
});
afterEach(() => host.remove());

async function restored(name: string, validity: { notBefore: Date; notAfter: Date }, by = authority): Promise<string> {
  const folder = join(host.data, 'certificates/acme-v02.api.letsencrypt.org-directory', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.crt`), (await issue(by, [name], validity)).certificate);
  return folder;
}
const trusts = (...names: string[]) => names.forEach((name) => writeFileSync(join(host.folder, 'trusts', name), ''));
const orders = () => (existsSync(ordered) ? readdirSync(ordered).sort() : []);
const pending = () =>
  existsSync(join(host.state, 'certificates-pending'))
    ? readFileSync(join(host.state, 'certificates-pending'), 'utf8').split('\n').filter(Boolean)
    : [];
const reconcile = () => host.must('services/reverse-proxy/reconcile', ['forge'], { env });

test('a valid certificate is used from the start; one that ran out, or that nobody trusts, is not', async () => {
  await restored(NAMES[0], VALID);
  await restored(NAMES[1], EXPIRED);
  await restored('foreign.drill.test', VALID, await newAuthority());
  expect(reconcile().err).toMatch(/forge\.drill\.test came back and is valid/);
  expect(orders()).toEqual([NAMES[0]]);
  expect(readFileSync(join(ordered, NAMES[0], 'tls'), 'utf8')).toBe('tls force_automate\n');
});

test('where every certificate came back nothing is ordered, reloaded or waited for', async () => {
  for (const name of NAMES) await restored(name, VALID);
  reconcile();
  trusts(...NAMES);
  host.must('certificates', ['forge', '0'], { env });
  expect(host.asked()).not.toContain('reload');
  expect(pending()).toEqual([]);
});

test('after the cutover the missing ones are ordered, and what ran out is not served any more', async () => {
  await restored(NAMES[0], VALID);
  const old = await restored(NAMES[1], EXPIRED);
  reconcile();
  trusts(...NAMES);
  host.must('certificates', ['forge', '0'], { env });
  expect(orders()).toEqual(NAMES);
  expect(existsSync(old)).toBe(false);
  expect(host.asked().match(/reload caddy\.service/g)).toHaveLength(1);
});

test('a name that stays without one is an alarm and no failure; the heartbeat tells until it has come', () => {
  trusts(NAMES[0]);
  const run = host.must('certificates', ['forge', '0'], { env });
  expect(run.err).toMatch(/no trusted certificate for hooks\.drill\.test after 0 s: the authority is away/);
  expect(pending()).toEqual([NAMES[1]]);
  expect(host.asked()).toMatch(/enable --no-reload --now caddy-certificates\.timer/);
  host.must('heartbeat');
  const beat = () => JSON.parse(readFileSync(store.path(`${host.incarnation}/host/heartbeat.json`), 'utf8'));
  expect(beat()).toMatchObject({ pendingCertificates: [NAMES[1]], alarms: [] });

  host.must('certificates', ['forge', '--look'], { env });
  expect(pending()).toEqual([NAMES[1]]);
  trusts(NAMES[1]);
  host.must('certificates', ['forge', '--look'], { env });
  expect(pending()).toEqual([]);
  expect(host.asked()).toMatch(/disable --now caddy-certificates\.timer/);
  host.must('heartbeat');
  expect(beat().pendingCertificates).toEqual([]);
});

test('while it waits it says for what, and what the proxy last said', () => {
  const run = host.must('certificates', ['forge', '1'], { env });
  expect(run.err).toMatch(
    /waiting for a trusted certificate of forge\.drill\.test hooks\.drill\.test, since \d+ s, for 1 s at most; the authority is away/,
  );
});
