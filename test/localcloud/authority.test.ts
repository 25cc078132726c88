/** The authority of an embedded cloud: trusted by whoever is told to, and by nobody else. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../localcloud/authority/authority';
import { newAuthority } from '../../localcloud/authority/keys';
import { rootOf, trust } from '../../localcloud/authority/trust';
import { run } from '../../localcloud/commands';
import { Http } from '../../scripts/lib/http';

let dir: string;
let authority: Authority;
let server: Server | undefined;

beforeAll(async () => {
  authority = await Authority.of(await newAuthority());
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'authority-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A server that plays these names; returns its port. */
async function play(names: string[]): Promise<number> {
  const { certificate, key } = await authority.certificateFor(names);
  server = createServer({ cert: certificate, key }, (_, answer) => answer.end('played'));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function ask(name: string, port: number, ca?: string): Promise<string> {
  const http = new Http({ ca, resolve: async () => '127.0.0.1', keepAlive: false });
  try {
    return (await http.send('GET', `https://${name}:${port}/`)).body.toString();
  } finally {
    await http.close();
  }
}

it('is trusted for the names that a certificate is for, by those who know its root', async () => {
  const port = await play(['github.com', 'pypi.org']);
  expect(await ask('github.com', port, authority.bundle())).toBe('played');
  expect(await ask('pypi.org', port, authority.bundle())).toBe('played');
  await expect(ask('example.org', port, authority.bundle())).rejects.toThrow();
  await expect(ask('github.com', port)).rejects.toThrow();
  await expect(ask('github.com', port, (await newAuthority()).certificate)).rejects.toThrow();
});

it('is in the trust store of a system, for curl and for OpenSSL, beside what was there, once', async () => {
  mkdirSync(join(dir, 'etc/ssl/certs'), { recursive: true });
  const bundle = join(dir, 'etc/ssl/certs/ca-certificates.crt');
  writeFileSync(bundle, (await newAuthority()).certificate);
  const { certificate } = await authority.certificateFor(['github.com']);
  const leaf = join(dir, 'leaf.pem');
  writeFileSync(leaf, certificate);
  trust(dir, authority.roots());
  expect(readFileSync(bundle, 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  await run('openssl', ['verify', '-no-CAfile', '-no-CApath', '-CAfile', bundle, leaf]);
  const [root] = authority.roots();
  expect(await run('readlink', [join(dir, 'etc/ssl/certs', `${root.hash}.0`)])).toBe(`embedded-cloud-${root.hash}.pem`);
  expect(readFileSync(join(dir, 'usr/local/share/ca-certificates', `embedded-cloud-${root.hash}.crt`), 'utf8')).toBe(
    root.pem,
  );

  const once = readFileSync(bundle, 'utf8');
  trust(dir, authority.roots());
  expect(readFileSync(bundle, 'utf8')).toBe(once);
  trust(dir, [...authority.roots(), await rootOf((await newAuthority()).certificate)]);
  expect(readFileSync(bundle, 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
  expect((await run('ls', [join(dir, 'usr/local/share/ca-certificates')])).split('\n')).toHaveLength(2);
});
