import fastify, { type FastifyInstance } from 'fastify';
import proxy from '@fastify/http-proxy';
import { plan, ports } from '../address-plan';
import type { KeyPair } from '../authority/keys';
import { Turns } from '../hosts/turns';
import type { Absence } from '../store/faults';
import { pebbleUrl } from './pebble';

/** The name that production asks, and the one that Caddy tries after a failure before it asks the first again. */
export const ACME_NAMES = ['acme-v02.api.letsencrypt.org', 'acme-staging-v02.api.letsencrypt.org'] as const;

/** Let's Encrypt's path of the directory, and Pebble's. */
const DIRECTORY = { public: '/directory', pebble: '/dir' };
const NEW_ORDER = '/order-plz';

/** What can happen to the certificate authority. */
export interface AcmeFaults {
  /** Takes its API away until `back`; the last call decides how. */
  away(how: Absence): Promise<void>;
  /** Refuses new orders under the production name from now on, and says for how many seconds. */
  limit(retryAfterSeconds: number): Promise<void>;
  back(): Promise<void>;
  state(): Absence | 'limits' | 'answers';
}

/** Pebble under the names of Let's Encrypt: its directory's path, its certificate, its limits, and its outages. */
export class AcmeFront implements AcmeFaults {
  private app?: FastifyInstance;
  private how?: Absence;
  private limited?: number;
  private readonly turns = new Turns<'front'>();

  constructor(
    private readonly tls: KeyPair,
    private readonly roots: string,
  ) {}

  start(): Promise<void> {
    return this.turns.take('front', () => this.open());
  }

  close(): Promise<void> {
    return this.turns.take('front', () => this.shut());
  }

  away(how: Absence): Promise<void> {
    return this.turns.take('front', async () => {
      this.how = how;
      if (how === 'refuse') await this.shut();
      else await this.open();
    });
  }

  async limit(retryAfterSeconds: number): Promise<void> {
    this.limited = retryAfterSeconds;
  }

  back(): Promise<void> {
    return this.turns.take('front', async () => {
      [this.how, this.limited] = [undefined, undefined];
      await this.open();
    });
  }

  state(): Absence | 'limits' | 'answers' {
    return this.how ?? (this.limited === undefined ? 'answers' : 'limits');
  }

  private async open(): Promise<void> {
    if (this.app) return;
    const app = fastify({
      https: { cert: this.tls.certificate, key: this.tls.key },
      forceCloseConnections: true,
    }) as unknown as FastifyInstance;
    app.addHook('onRequest', async (request, reply) => {
      // Taken and never answered.
      if (this.how === 'hang') return void reply.hijack();
      if (this.limited === undefined || request.hostname !== ACME_NAMES[0] || request.url !== NEW_ORDER) return;
      await reply
        .code(429)
        .header('retry-after', String(this.limited))
        .type('application/problem+json')
        .send(
          JSON.stringify({
            type: 'urn:ietf:params:acme:error:rateLimited',
            status: 429,
            detail: `too many new orders recently, retry after ${new Date(Date.now() + this.limited * 1000).toISOString()}: see https://letsencrypt.org/docs/rate-limits/`,
          }),
        );
    });
    const on = {
      upstream: pebbleUrl,
      undici: { connect: { ca: this.roots, servername: ACME_NAMES[0] } },
      // Pebble writes its addresses after the name it was asked by.
      replyOptions: {
        rewriteRequestHeaders: (request: { headers: { host?: string } }, headers: object) => ({
          ...headers,
          host: request.headers.host,
        }),
      },
    };
    await app.register(proxy, { ...on, prefix: DIRECTORY.public, rewritePrefix: DIRECTORY.pebble });
    await app.register(proxy, { ...on, prefix: '/' });
    await app.listen({ host: plan.acme.api, port: ports.https });
    this.app = app;
  }

  private async shut(): Promise<void> {
    await this.app?.close();
    this.app = undefined;
  }
}
