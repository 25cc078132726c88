/** The outside as the cloud plays it: addresses, redirects, checksums and the index as the real ones answer, and each way in which a download goes wrong. */
import { createHash } from 'crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { DownloadFaults } from '../../localcloud/outside/faults';
import { PLAYED_NAMES, redirectOf, assetAt } from '../../localcloud/outside/releases';
import { mirrorOfHosts, playedHosts } from '../../localcloud/outside/server';
import { artifacts as facts } from '../../stacks/outside/artifacts';

const folder = mkdtempSync(join(tmpdir(), 'fleet-outside-'));
const content = Buffer.alloc(3 << 20, 'x');
const sha256 = createHash('sha256').update(content).digest('hex');
const place = (label: string, files: Record<string, Buffer | string>) => {
  mkdirSync(join(folder, label), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, label, name), bytes);
};
/** Every download of the table that the cloud plays, with something in it. */
const played = facts
  .map(({ value }) => value)
  .flatMap((one) => ('published' in one && PLAYED_NAMES.includes(new URL(one.url).host) ? [one] : []));
for (const { name, version, url } of played)
  place(`${name}-${version}`, { [url.split('/').at(-1) ?? '']: content, '.pin': sha256, sums: `${sha256}  file\n` });
place('python-game-1', { 'Some_Game-1.0-py3-none-any.whl': 'wheel', 'old.thing-0.2.tar.gz': 'source' });

const faults = new DownloadFaults();
const hosts = playedHosts(folder, faults);
const mirror = mirrorOfHosts(folder, faults);
afterEach(() => faults.clear());
afterAll(async () => {
  await Promise.all([hosts.close(), mirror.close()]);
});
const get = (url: string, method: 'GET' | 'HEAD' = 'GET') =>
  hosts.inject({ method, url: url.replace(/^https:\/\/[^/]+/, ''), headers: { host: new URL(url).host } });

test.each(played.map(({ name, url }) => [name, url] as const))(
  '%s is where the program looks for it, behind a redirect where GitHub has one',
  async (_, url) => {
    const answer = await get(url);
    if (!url.startsWith('https://github.com/'))
      return expect([answer.statusCode, answer.rawPayload.length]).toEqual([200, content.length]);
    expect(answer.statusCode).toBe(302);
    expect(answer.rawPayload).toHaveLength(0);
    const location = String(answer.headers.location);
    expect(location).toMatch(
      /^https:\/\/release-assets\.githubusercontent\.com\/github-production-release-asset\/\d+\/[0-9a-f-]{36}\?.*\bse=.*&sig=/,
    );
    expect((await get(location)).rawPayload.equals(content)).toBe(true);
  },
);

test('an address that has expired, another version and a note of the cloud are not served', async () => {
  const { url } = played.find((one) => one.url.startsWith('https://github.com/'))!;
  const old = redirectOf(url.replace('https://', ''), Date.now() - 3_600_000);
  expect((await get(old)).statusCode).toBe(403);
  expect(assetAt(folder, new URL(old).pathname, new URLSearchParams())).toBe('expired');
  expect((await get(url.replace(/\d+\.\d+\.\d+/g, '9.9.9'))).statusCode).toBe(404);
  expect((await get(url.replace(/[^/]*$/, '.pin'))).statusCode).toBe(404);
  expect((await get(url.replace(/[^/]*$/, '..%2f..%2fetc%2fpasswd'))).statusCode).toBe(404);
});

test('GitHub tells the digest of each asset of a release', async () => {
  const { assets } = (
    await get('https://api.github.com/repos/benbjohnson/litestream/releases/tags/v0.3.13')
  ).json() as { assets: Array<{ name: string; digest: string }> };
  expect(assets).toContainEqual(
    expect.objectContaining({ name: 'litestream-v0.3.13-linux-amd64.tar.gz', digest: `sha256:${sha256}` }),
  );
});

test('the index lists the files of a project under each spelling of its name', async () => {
  for (const name of ['some-game', 'Some_Game']) {
    const page = await get(`https://pypi.org/simple/${name}/`);
    expect(page.body).toContain('<a href="https://files.pythonhosted.org/packages/Some_Game-1.0-py3-none-any.whl">');
  }
  expect((await get('https://files.pythonhosted.org/packages/old.thing-0.2.tar.gz')).body).toBe('source');
  expect((await get('https://pypi.org/simple/old-thing/')).statusCode).toBe(200);
  expect((await get('https://pypi.org/simple/other/')).statusCode).toBe(404);
});

test('the mirror serves the same below its own address, redirects and links too, also while a host has nothing', async () => {
  const { url } = played.find((one) => one.url.startsWith('https://github.com/'))!;
  const through = (path: string) => mirror.inject({ method: 'GET', url: path, headers: { host: '198.18.255.2:8090' } });
  const first = await through(`/${url.replace('https://', '')}`);
  expect(first.headers.location).toMatch(/^http:\/\/198\.18\.255\.2:8090\/release-assets\.githubusercontent\.com\//);
  expect(
    (await through(String(first.headers.location).replace('http://198.18.255.2:8090', ''))).rawPayload.equals(content),
  ).toBe(true);
  faults.add({ address: 'release-assets.githubusercontent.com/*', how: 'missing', bytesPerSecond: 1 });
  expect((await get(redirectOf(url.replace('https://', '')))).statusCode).toBe(404);
  expect((await through(String(first.headers.location).replace('http://198.18.255.2:8090', ''))).statusCode).toBe(200);
  expect((await through('/pypi.org/simple/some-game/')).body).toContain(
    'href="http://198.18.255.2:8090/files.pythonhosted.org/packages/',
  );
});

test('a model is a manifest, and blobs behind a redirect of which parts can be had', async () => {
  const { layers, config } = (await get('https://registry.ollama.ai/v2/library/qwen3/manifests/4b')).json() as Record<
    'layers',
    Array<{ digest: string; size: number }>
  > & { config: { digest: string; size: number } };
  for (const { digest, size } of [...layers, config]) {
    const blob = await get(`https://registry.ollama.ai/v2/library/qwen3/blobs/${digest}`);
    expect(blob.statusCode).toBe(307);
    const location = String(blob.headers.location);
    expect(location).toMatch(/^https:\/\/dd20bb891979d25aebc8bec07b2b3bbc\.r2\.cloudflarestorage\.com\//);
    expect(Number((await get(location, 'HEAD')).headers['content-length'])).toBe(size);
    const part = async (range: string) =>
      hosts.inject({
        method: 'GET',
        url: location.replace(/^https:\/\/[^/]+/, ''),
        headers: { host: new URL(location).host, range },
      });
    const halves = [await part('bytes=0-9'), await part(`bytes=10-${size - 1}`)];
    expect(halves.map(({ statusCode }) => statusCode)).toEqual([206, 206]);
    expect(
      `sha256:${createHash('sha256')
        .update(Buffer.concat(halves.map(({ rawPayload }) => rawPayload)))
        .digest('hex')}`,
    ).toBe(digest);
  }
  expect((await get(`https://registry.ollama.ai/v2/library/qwen3/blobs/sha256:${'0'.repeat(64)}`)).statusCode).toBe(
    404,
  );
});

test('a download is missing, another file, broken off or slow, as often as was asked for', async () => {
  const url = 'https://downloads.rclone.org/v1.75.2/rclone-v1.75.2-linux-amd64.zip';
  faults.add({ address: 'downloads.rclone.org/*', how: 'missing', bytesPerSecond: 1, count: 1 });
  expect((await get(url)).statusCode).toBe(404);
  expect((await get(url)).statusCode).toBe(200);
  faults.add({ address: 'downloads.rclone.org/*.zip', how: 'wrong', bytesPerSecond: 1, count: 1 });
  const wrong = (await get(url)).rawPayload;
  expect([wrong.length, wrong.equals(content)]).toEqual([content.length, false]);
  faults.add({ address: '*', how: 'cut', bytesPerSecond: 1, count: 1 });
  await expect(get(url)).rejects.toThrow();
  writeFileSync(join(folder, 'rclone-1.75.2/rclone-v1.75.2-linux-amd64.zip'), 'slow');
  faults.add({ address: '*', how: 'slow', bytesPerSecond: 3, count: 1 });
  expect((await get(url)).body).toBe('slow');
});
