import type { FastifyInstance } from 'fastify';
import type { Context } from './context';
import { bearerOf, pathOf } from './auth';
import { notFound } from './errors';

/** Field of each list of what an account owns. */
const LISTS: Record<string, string> = {
  '/v2/droplets': 'droplets',
  '/v2/firewalls': 'firewalls',
  '/v2/tags': 'tags',
  '/v2/reserved_ips': 'reserved_ips',
  '/v2/account/keys': 'ssh_keys',
  '/v2/actions': 'actions',
  '/v2/uptime/checks': 'checks',
};
/** What every account sees alike. */
const COMMON = /^\/v2\/(regions|sizes|images)/;

/** A token of an account that owns nothing: its lists are empty, and nothing is there by its id. It makes nothing either. */
export function answerOtherAccounts(app: FastifyInstance, { others }: Pick<Context, 'others'>): void {
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    if (!others.includes(bearerOf(request) ?? '') || COMMON.test(path)) return;
    if (request.method !== 'GET') throw notFound();
    if (path === '/v2/account') {
      await reply.send({
        account: {
          droplet_limit: 10,
          reserved_ip_limit: 3,
          email: 'somebody-else@drill.test',
          uuid: '99999999-9999-4999-8999-999999999999',
          email_verified: true,
          status: 'active',
          status_message: '',
        },
      });
      return;
    }
    const field = LISTS[path];
    if (field === undefined) throw notFound();
    await reply.send({ [field]: [], links: {}, meta: { total: 0 } });
  });
}
