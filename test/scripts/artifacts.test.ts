/** `fleet artifacts pin` against the release hosts that the embedded cloud plays. */
import { createHash } from 'crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Readable } from 'stream';
import { DownloadFaults } from '../../localcloud/outside/faults';
import { playedHosts } from '../../localcloud/outside/server';
import { checksumIn } from '../../scripts/artifacts/published';
import type { Get } from '../../scripts/artifacts/web';
import { pinArtifacts } from '../../scripts/artifacts/write';
import * as outside from '../../stacks/outside/artifacts';
import type { Download } from '../../stacks/outside/artifact';

const folder = mkdtempSync(join(tmpdir(), 'fleet-pins-'));
const releases = join(folder, 'releases');
const faults = new DownloadFaults();
const hosts = playedHosts(releases, faults);
const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
/** A release with its checksums, in the form of its makers. */
const publish = (
  { name, version, url, published }: Download,
  sums: (sha256: string, sha512: string, file: string) => string,
  content = name,
) => {
  const at = join(releases, `${name}-${version}`);
  const file = url.split('/').at(-1) ?? '';
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, file), content);
  if (published.form !== 'github-digest')
    writeFileSync(
      join(at, published.url.split('/').at(-1) ?? ''),
      sums(hash('sha256', name), hash('sha512', name), file),
    );
};
const { gitea, caddy, rclone, litestream, ollama, conduit } = outside;
const plain = (sum: string, _: string, file: string) => `${sum}  ${file}\n`;

const get: Get = async (url) => {
  const { host, pathname, search } = new URL(url);
  const { statusCode, headers, rawPayload } = await hosts.inject({
    method: 'GET',
    url: pathname + search,
    headers: { host },
  });
  return {
    status: statusCode,
    location: headers.location ?? null,
    body: Readable.from([rawPayload]),
  };
};
const said: string[] = [];
const pin = (of: Array<{ value: Parameters<typeof pinArtifacts>[0][number] }>, dryRun = false) =>
  pinArtifacts(
    of.map(({ value }) => value),
    { folder, get, today: '2026-12-01', dryRun, say: (line) => said.push(line) },
  );
const pins = () =>
  JSON.parse(readFileSync(join(folder, 'stacks/outside/pinned.json'), 'utf8')) as Record<
    string,
    { pin: string; version: string; source: string; checked: string }
  >;

beforeEach(() => {
  said.length = 0;
  rmSync(releases, { recursive: true, force: true });
  mkdirSync(join(folder, 'stacks/outside'), { recursive: true });
  writeFileSync(
    join(folder, 'stacks/outside/pinned.json'),
    JSON.stringify({ gitea: { version: '1.0.0', pin: 'a'.repeat(64), source: 's', checked: '2026-01-01' } }),
  );
});
afterAll(async () => {
  await hosts.close();
});

test('each is fetched through its redirects, held against what its makers publish in their form, and written', async () => {
  publish(gitea.value, plain);
  publish(caddy.value, (_, sum, file) => `${sum}  ${file}\n`);
  publish(
    rclone.value,
    (sum, _, file) =>
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${sum}  ${file}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`,
  );
  publish(litestream.value, plain);
  publish(ollama.value, (sum, _, file) => `${'0'.repeat(64)}  ./other\n${sum}  ./${file}\n`);
  expect(await pin([gitea, caddy, rclone, litestream, ollama, conduit])).toBe(0);
  const wanted = [gitea, caddy, rclone, litestream, ollama].map(({ value }) => [
    value.name,
    { version: value.version, pin: hash('sha256', value.name), checked: '2026-12-01' },
  ]);
  expect(pins()).toMatchObject(Object.fromEntries(wanted));
  expect(said[0]).toMatch(/^gitea 1\.26\.4: was a{64} \(1\.0\.0\), is now [0-9a-f]{64} \(https:\/\/dl\.gitea\.com/);
  expect(pins().rclone.source).toMatch(/signature was not checked/);
  expect(said.at(-1)).toMatch(/only a mirror has it/);
  await pin([gitea]);
  expect(said.at(-1)).toMatch(/is still/);
});

test('what is not what its makers publish, or is not to be had, is not pinned, and the others are', async () => {
  publish(gitea.value, plain, 'another program');
  publish(caddy.value, () => 'no such file\n');
  publish(litestream.value, plain);
  expect(await pin([gitea, caddy, rclone, litestream])).toBe(3);
  expect(said.slice(0, 3)).toEqual([
    expect.stringMatching(
      /gitea 1\.26\.4: .* is not what .*\.sha256 says: it has SHA-256 [0-9a-f]{64}\. Do not pin it/,
    ),
    expect.stringMatching(/caddy .*: .* does not name caddy_/),
    expect.stringMatching(/rclone .*: .* answered 404/),
  ]);
  expect(Object.keys(pins())).toEqual(['gitea', 'litestream']);
  expect(pins().gitea.version).toBe('1.0.0');
});

test('a dry run says the same and writes nothing', async () => {
  publish(gitea.value, plain);
  await pin([gitea], true);
  expect(said).toEqual([expect.stringMatching(/would become/)]);
  expect(pins().gitea.version).toBe('1.0.0');
});

test.each([
  ['a list', `${'1'.repeat(64)}  other\n${'2'.repeat(64)}  file\n`, '2'.repeat(64)],
  ['a list with a mark for binaries', `${'2'.repeat(64)} *file\n`, '2'.repeat(64)],
  ['one checksum alone', `${'3'.repeat(64)}\n`, '3'.repeat(64)],
  ['another file’s', `${'1'.repeat(64)}  other\n`, undefined],
  ['a longer name', `${'1'.repeat(64)}  file.sig\n`, undefined],
  ['a page', '<html>', undefined],
])('the checksum in %s', (_, text, wanted) => expect(checksumIn(text, 'file')).toBe(wanted));
