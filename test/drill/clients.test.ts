import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HookReceiver } from '../../drill/webhook';
import { Http, caching } from '../../scripts/lib/http';

test('a cached answer is kept for its TTL and not longer', async () => {
  let now = 0;
  let asked = 0;
  const resolve = caching(
    async () => ({ address: `198.18.0.${++asked}`, ttl: 300 }),
    () => now,
  );
  expect(await resolve('forge.drill.test')).toBe('198.18.0.1');
  now = 299_999;
  expect(await resolve('forge.drill.test')).toBe('198.18.0.1');
  now = 300_000;
  expect(await resolve('forge.drill.test')).toBe('198.18.0.2');
});

describe('HTTP', () => {
  let server: Server;
  let port: number;
  const hosts: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      hosts.push(String(request.headers.host));
      if (request.url === '/hang') return;
      response.end('here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('goes where the client’s own resolver says', async () => {
    const http = new Http({ resolve: async () => '127.0.0.1' });
    expect((await http.send('GET', `http://forge.drill.test:${port}/`)).body.toString()).toBe('here');
    expect(hosts).toContain(`forge.drill.test:${port}`);
    await http.close();
  });

  test('asks the resolver for every request without kept connections', async () => {
    let asked = 0;
    const http = new Http({ keepAlive: false, resolve: async () => (asked++, '127.0.0.1') });
    for (let n = 0; n < 3; n++) await http.send('GET', `http://forge.drill.test:${port}/`);
    expect(asked).toBe(3);
    await http.close();
  });

  test('gives up after its time limit', async () => {
    const http = new Http({ timeoutMs: 50 });
    await expect(http.send('GET', `http://127.0.0.1:${port}/hang`)).rejects.toThrow();
    await http.close();
  });
});

test('a delivery counts only with the right text and signature', async () => {
  const receiver = await HookReceiver.listen('127.0.0.1', '127.0.0.1');
  const deliver = (body: string, secret: string) =>
    fetch(receiver.url, {
      method: 'POST',
      body,
      headers: { 'x-gitea-signature': createHmac('sha256', secret).update(body).digest('hex') },
    });
  try {
    await deliver('{"title":"one"}', 'right');
    await deliver('{"title":"two"}', 'wrong');
    expect(await receiver.waitFor('one', 'right', 1000)).toBe(true);
    expect(await receiver.waitFor('two', 'right', 150)).toBe(false);
    expect(await receiver.waitFor('three', 'right', 150)).toBe(false);
  } finally {
    receiver.close();
  }
});
