import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { RecordSource } from '../record-source';
import { acmeRoutes } from './acme';
import { actionRoutes, closeOpenActions } from './actions';
import { authorise, bearerOf, pathOf } from './auth';
import { cloudflareRoutes } from './cloudflare';
import type { ApiDeps, Context } from './context';
import { controlRoutes } from './control';
import { recordSource } from './dns-rules';
import { downloadFaultRoutes } from './download-faults';
import { dropletActionRoutes } from './droplet-actions';
import { dropletRoutes } from './droplets';
import { ApiError, cloudflareBody, digitalOceanBody, statusError } from './errors';
import { Faults } from './faults';
import { firewallRoutes } from './firewalls';
import { keyRoutes } from './keys';
import { lookupRoutes } from './lookups';
import { Network } from './network';
import { answerOtherAccounts } from './other-account';
import { RateLimit } from './rate-limit';
import { RequestLog } from './request-log';
import { reservedIpRoutes } from './reserved-ips';
import { Store } from './state';
import { storeFaultRoutes } from './store-faults';
import { tagRoutes } from './tags';
import { uptimeRoutes } from './uptime';
import { vpcRoutes } from './vpcs';

export type { LimitedToken, Tokens } from './auth';
export type { ApiDeps, Log } from './context';
export { newToken } from './auth';

/** The API server; `records` is what the DNS server answers from. */
export type Api = FastifyInstance & { records: RecordSource };

type Shape = (error: ApiError, request: FastifyRequest) => object;

const shapes: Record<'digitalocean' | 'cloudflare', Shape> = {
  digitalocean: (error, request) => digitalOceanBody(error, request.id),
  cloudflare: cloudflareBody,
};

function answerErrors(app: FastifyInstance, { log }: Context, shape: Shape): void {
  const answer = (error: ApiError, request: FastifyRequest, reply: FastifyReply) =>
    reply.code(error.status).headers(error.headers).send(shape(error, request));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof ApiError) return answer(error, request, reply);
    const status = error.statusCode ?? 500;
    if (status >= 500)
      log.error(
        { method: request.method, path: request.url, reason: error.message },
        'a request to the embedded cloud failed',
      );
    return answer(statusError(status, status < 500 ? error.message : undefined), request, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    answer(
      shape === shapes.cloudflare
        ? new ApiError(
            404,
            7003,
            `Could not route to ${pathOf(request).replace('/client/v4', '')}, perhaps your object identifier is invalid?`,
          )
        : statusError(404),
      request,
      reply,
    ),
  );
}

/** Brings state and machine together after a restart: hosts that did not survive it are off, open actions end. */
async function recover({ driver, store, network }: Context): Promise<void> {
  // The policy first: the hosts of a clone boot now, and none is ever reachable without its firewall.
  await network.apply();
  const running = await driver.recover();
  store.change((state) => {
    for (const droplet of Object.values(state.droplets)) {
      const active = running.includes(droplet.id);
      Object.assign(droplet, { status: active ? 'active' : 'off', locked: false, hung: active && droplet.hung });
    }
    closeOpenActions(state);
  });
  // A host of a droplet that was deleted while the server went down.
  for (const id of running) if (!store.state.droplets[id]) await driver.destroy(id);
  await network.apply();
  for (const { id, hung, partitioned } of Object.values(store.state.droplets)) {
    if (hung) await driver.freeze(id, true);
    if (partitioned) await driver.partition(id, true);
  }
}

/**
 * The HTTP APIs of the embedded cloud: DigitalOcean under `/v2`, Cloudflare under `/client/v4`, control under `/_cloud`.
 * Call `ready()` or `listen()`; that also picks up the hosts of an earlier server. Routes may be added before.
 */
export function createApi(deps: ApiDeps): Api {
  const store = new Store(deps.statePath);
  const context: Context = {
    ...deps,
    store,
    network: new Network(store, deps.driver, deps.log),
    limited: [...(deps.tokens.limited ?? [])],
    withdrawn: [],
    badCreates: [],
    others: [],
  };
  const app = fastify({
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
  });
  const faults = new Faults();
  const requests = new RequestLog();

  // Clients announce JSON also where they send none.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      return done(null, JSON.parse(body as string));
    } catch {
      return done(statusError(400, 'The body is not valid JSON.'), undefined);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  requests.install(app);
  faults.install(app);
  answerErrors(app, context, shapes.digitalocean);

  app.register(
    async (api) => {
      answerOtherAccounts(api, context);
      const limit = new RateLimit(deps.limits?.requestsPerHour ?? 5000, deps.limits?.requestsPerMinute ?? 250);
      api.addHook('onRequest', async (request, reply) => {
        if (!context.others.includes(bearerOf(request) ?? ''))
          authorise(deps.tokens, context.limited, 'digitalocean', request);
        limit.count(reply);
      });
      answerErrors(api, context, shapes.digitalocean);
      for (const routes of [
        lookupRoutes,
        keyRoutes,
        tagRoutes,
        dropletRoutes,
        dropletActionRoutes,
        actionRoutes,
        firewallRoutes,
        reservedIpRoutes,
        uptimeRoutes,
        vpcRoutes,
      ])
        routes(api, context);
    },
    { prefix: '/v2' },
  );

  app.register(
    async (api) => {
      api.addHook('onRequest', async (request, reply) => {
        reply.header('cf-ray', `${request.id.replace(/-/g, '').slice(0, 16)}-LOC`);
        authorise(deps.tokens, context.limited, 'cloudflare', request);
      });
      answerErrors(api, context, shapes.cloudflare);
      cloudflareRoutes(api, context);
    },
    { prefix: '/client/v4' },
  );

  app.register(
    async (api) => {
      controlRoutes(api, context, faults, requests);
      storeFaultRoutes(api, context);
      acmeRoutes(api, context);
      downloadFaultRoutes(api, context.downloads);
    },
    { prefix: '/_cloud' },
  );

  app.addHook('onReady', () => recover(context));
  app.addHook('onClose', async () => store.close());
  return Object.assign(app, { records: recordSource(store) });
}
