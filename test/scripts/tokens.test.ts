/** Tokens are looked at before an engine starts. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { advice } from '../../scripts/engines/advice';
import { requireTokens, tokenProblems } from '../../scripts/engines/tokens';

let server: Server;
let asked: string[];
let answers: (path: string, token: string) => number;
let page: string;
let wait: string;

beforeEach(async () => {
  asked = [];
  answers = () => 200;
  page = '{}';
  wait = '';
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response
      .writeHead(
        answers(request.url ?? '', String(request.headers.authorization).replace('Bearer ', '')),
        wait ? { 'retry-after': wait } : {},
      )
      .end(page);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(() => new Promise((closed) => server.close(closed)));

const environment = (more: NodeJS.ProcessEnv = {}) => {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    zone: 'zone1',
    env: {
      DIGITALOCEAN_API_URL: base,
      CLOUDFLARE_BASE_URL: `${base}/client/v4`,
      DIGITALOCEAN_TOKEN: 'do-secret',
      CLOUDFLARE_API_TOKEN: 'cf-secret',
      ...more,
    },
  };
};

test('good tokens are no problem, and only looks are asked', async () => {
  expect(await tokenProblems(environment())).toEqual([]);
  expect(asked).toContain('GET /v2/droplets?per_page=1');
  expect(asked.every((request) => request.startsWith('GET '))).toBe(true);
});

test('uptime checks are asked for where the stack has them', async () => {
  answers = (path) => (path.includes('uptime') ? 403 : 200);
  expect(await tokenProblems(environment())).toEqual([]);
  expect(await tokenProblems({ ...environment(), uptime: true })).toEqual([
    'DigitalOcean: the token lacks the scope uptime:read; give DIGITALOCEAN_TOKEN one that has it',
  ]);
});

test('a missing token is told by its variable, once, without asking', async () => {
  expect(await tokenProblems(environment({ DIGITALOCEAN_TOKEN: undefined }))).toEqual([
    'DigitalOcean: there is no token; set DIGITALOCEAN_TOKEN in the environment',
  ]);
  expect(asked.filter((request) => request.includes('/v2/'))).toEqual([]);
});

test('a token in the stack file is the engine’s to use', async () => {
  expect(
    await tokenProblems({ ...environment({ DIGITALOCEAN_TOKEN: undefined }), configured: ['DigitalOcean'] }),
  ).toEqual([]);
});

test('a wrong token and a missing scope are told apart', async () => {
  answers = (path) => (path.includes('/dns_records') ? 401 : path.startsWith('/v2/reserved_ips') ? 403 : 200);
  expect(await tokenProblems(environment())).toEqual([
    'DigitalOcean: the token lacks the scope reserved_ip:read; give DIGITALOCEAN_TOKEN one that has it',
    'Cloudflare does not accept the token; set CLOUDFLARE_API_TOKEN to a valid one',
  ]);
});

test('an API in trouble is not mistaken for a wrong token', async () => {
  answers = () => 500;
  expect(await tokenProblems(environment())).toEqual([]);
});

test('the error says that nothing was touched, and no token', async () => {
  answers = () => 401;
  const error = await requireTokens(environment()).catch((thrown: Error) => thrown);
  expect((error as Error).message).toMatch(/nothing was touched/);
  expect(`${(error as Error).message}${(error as { hint?: string }).hint}`).not.toMatch(/secret/);
});

test('a page of a proxy and a limit of an hour are told as what they are', async () => {
  page = '<!DOCTYPE html><h1>Blocked</h1>';
  answers = () => 403;
  expect(await tokenProblems(environment())).toEqual([
    'something between here and DigitalOcean answers instead of it (HTTP 403, no JSON): look at the proxy; nothing is known to be wrong with the token',
    'something between here and Cloudflare answers instead of it (HTTP 403, no JSON): look at the proxy; nothing is known to be wrong with the token',
  ]);
  page = '{}';
  answers = () => 429;
  wait = '3600';
  expect(await tokenProblems(environment())).toContain(
    'DigitalOcean takes no more requests with this token for 3600 s; run this again then',
  );
  wait = '2';
  expect(await tokenProblems(environment())).toEqual([]);
});

test('a droplet that did not come up is named with the command that removes it', () => {
  for (const error of [
    "Droplet 1002 was made and did not start: it became 'off' instead of active.",
    'Droplet 1002 was made and did not start: not done within 300 s (customTimeouts.create).',
    "Error waiting for droplet (1002) to become ready: timeout while waiting for state to become 'active' (last state: 'new')",
    "Error waiting for droplet (1002) to become ready: unexpected state 'off', wanted target 'active'",
  ]) {
    expect(advice([error, error])).toEqual([
      expect.stringMatching(/run the same command again with --refresh.*doctl compute droplet delete 1002/),
    ]);
  }
});

test('a provider’s complaint about a host key gets what to do', () => {
  expect(
    advice(['after 8 failed attempts: 198.18.0.10:22: the host key of 198.18.0.10 is not the expected one'])[0],
  ).toMatch(/Nothing was sent to that host.*fleet:rebuild/);
  expect(advice(['something else'])).toEqual([]);
});
