/** Receives the forge's webhook, to see that a restored hook still fires and still signs with its secret. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export class HookReceiver {
  private readonly deliveries: Array<{ body: Buffer; signature: string }> = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Listens on an address that hosts can reach, by the name that leads there; on any free port unless one is given. */
  static async listen(address: string, name: string, port = 0): Promise<HookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
    const receiver = new HookReceiver(server, `http://${name}:${(server.address() as AddressInfo).port}/hook`);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        receiver.deliveries.push({
          body: Buffer.concat(parts),
          signature: String(request.headers['x-gitea-signature'] ?? ''),
        });
        response.end('ok');
      });
    });
    return receiver;
  }

  /** How often anything was delivered so far. */
  get count(): number {
    return this.deliveries.length;
  }

  /** Waits for a delivery that holds `text` and is signed with `secret`. */
  async waitFor(text: string, secret: string, timeoutMs: number): Promise<boolean> {
    const until = Date.now() + timeoutMs;
    while (Date.now() < until) {
      if (this.deliveries.some(({ body, signature }) => body.includes(text) && signed(body, signature, secret)))
        return true;
      await sleep(100);
    }
    return false;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function signed(body: Buffer, signature: string, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
