/** An empty start does not share its public name with a host that is there already. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudflareApi } from '../../components/network/cloudflare';
import { leadElsewhere } from '../../components/preflight/names';

const FORGE = 'forge.example.org';
const before = { ...process.env };
let server: Server;
let records: Array<{ id: string; name: string; type: string; content: string }>;

beforeEach(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://zone');
    const allowed = request.headers.authorization === 'Bearer token' && pathname === '/zones/z/dns_records';
    response
      .writeHead(allowed ? 200 : 403)
      .end(JSON.stringify({ result: records.filter(({ name }) => name === searchParams.get('name')) }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  Object.assign(process.env, {
    CLOUDFLARE_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CLOUDFLARE_API_TOKEN: 'token',
  });
});
afterEach(async () => {
  process.env = { ...before };
  await new Promise((closed) => server.close(closed));
});

const asked = () => leadElsewhere(cloudflareApi(), 'z', [FORGE, 'hooks.example.org'], ['10.0.0.1', '10.0.0.2']);

test('a record that is not of the stack is named with where it leads', async () => {
  records = [
    { id: 'r1', name: FORGE, type: 'A', content: '10.9.9.9' },
    { id: 'r2', name: 'hooks.example.org', type: 'CNAME', content: 'elsewhere.example.org' },
  ];
  expect(await asked()).toEqual([
    expect.stringMatching(
      /^forge\.example\.org already leads to 10\.9\.9\.9, by a record that is not of this stack \(r1\); .*delete that record/,
    ),
    expect.stringContaining('hooks.example.org already leads to elsewhere.example.org'),
  ]);
});

test('its own addresses after an interrupted start, other names and records that lead nowhere are none', async () => {
  records = [
    { id: 'r1', name: FORGE, type: 'A', content: '10.0.0.1' },
    { id: 'r2', name: FORGE, type: 'A', content: '10.0.0.2' },
    { id: 'r3', name: FORGE, type: 'TXT', content: 'a word' },
    { id: 'r4', name: 'other.example.org', type: 'A', content: '10.9.9.9' },
  ];
  expect(await asked()).toEqual([]);
});

test('a zone that does not answer is an error, not an empty one', async () => {
  records = [];
  process.env.CLOUDFLARE_API_TOKEN = 'wrong';
  await expect(asked()).rejects.toThrow('Cloudflare: the token may not GET');
});
