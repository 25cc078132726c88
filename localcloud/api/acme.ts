import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from './context';
import { parseBody } from './errors';

const awaySchema = z.object({ how: z.enum(['hang', 'refuse']) }).strict();
const limitSchema = z
  .object({
    retryAfter: z
      .number()
      .int()
      .min(1)
      .max(7 * 86_400)
      .default(3600),
  })
  .strict();
const issueSchema = z
  .object({ names: z.array(z.string().min(1)).min(1), notBefore: z.iso.datetime(), notAfter: z.iso.datetime() })
  .strict();

/**
 * Faults of the public certificate authority, below `/_cloud/acme`. Each may be repeated and then changes nothing more.
 * - `POST /away {how}`: its API answers nobody: `hang` takes connections and is silent, `refuse` refuses them.
 * - `POST /limit {retryAfter}`: it refuses new orders (429), and says for how many seconds.
 * - `POST /back`: it answers again, and takes orders. Accounts and certificates are as before.
 * - `POST /issue {names, notBefore, notAfter}`: a certificate that hosts and clients trust between these moments, with its key: for a host
 *   whose certificate ran out.
 */
export function acmeRoutes(app: FastifyInstance, { acme, certificate }: Context): void {
  const view = () => ({ acme: acme.state() });

  app.post('/acme/away', async (request) => {
    await acme.away(parseBody(awaySchema, request.body).how);
    return view();
  });
  app.post('/acme/limit', async (request) => {
    await acme.limit(parseBody(limitSchema, request.body).retryAfter);
    return view();
  });
  app.post('/acme/back', async () => {
    await acme.back();
    return view();
  });
  app.post('/acme/issue', async (request) => {
    const { names, notBefore, notAfter } = parseBody(issueSchema, request.body);
    return certificate(names, { notBefore: new Date(notBefore), notAfter: new Date(notAfter) });
  });
}
