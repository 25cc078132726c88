import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from './context';
import { notFound, parseBody } from './errors';

const inside = (what: string) =>
  z
    .string()
    .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), `A ${what} stays inside its bucket.`);
const bucket = z.string().regex(/^[a-z0-9][a-z0-9.-]+$/, 'A bucket is named in lower case.');

const awaySchema = z.object({ how: z.enum(['hang', 'refuse']) }).strict();
const corruptSchema = z
  .object({ bucket, key: inside('key').min(1).optional(), prefix: inside('prefix').optional() })
  .strict()
  .refine(({ key, prefix }) => (key === undefined) !== (prefix === undefined), 'Name either a key or a prefix.');
const ageSchema = z.object({ bucket, days: z.number().positive() }).strict();
const dropSchema = z.object({ bucket, prefix: inside('prefix').default('') }).strict();

/**
 * Faults of the store, below `/_cloud/store`. Each but `age` may be repeated and then changes nothing more.
 * - `POST /away {how}`: it answers nobody, hosts and rebuilders alike: `hang` takes connections and is silent, `refuse` refuses them.
 *   What was under way when it hung goes on after `back`; a refusal cuts it off.
 * - `POST /back`: it answers again. Accounts, objects and versions are as before.
 * - `POST /corrupt {bucket, key | prefix}`: 16 bytes in the middle of that object, or of the newest below the prefix, are wrong from
 *   now on, with size, time and ETag as before. 404 when there is none.
 * - `POST /drop {bucket, prefix}`: all objects below the prefix are gone, with their versions and whatever protected them.
 * - `POST /age {bucket, days}`: its versions were written, and their locks end, so many days earlier. Repeated it is that much more.
 */
export function storeFaultRoutes(app: FastifyInstance, { storeFaults }: Context): void {
  const view = () => ({ store: storeFaults.absence() ?? 'answers' });

  app.post('/store/away', async (request) => {
    await storeFaults.away(parseBody(awaySchema, request.body).how);
    return view();
  });
  app.post('/store/back', async () => {
    await storeFaults.back();
    return view();
  });
  app.post('/store/corrupt', async (request) => {
    const { bucket: name, ...which } = parseBody(corruptSchema, request.body);
    const object = await storeFaults.corrupt(name, which);
    if (!object) throw notFound();
    return { corrupted: { key: object.key, bytes: object.bytes, writtenAt: new Date(object.at).toISOString() } };
  });
  app.post('/store/drop', async (request) => {
    const { bucket: name, prefix } = parseBody(dropSchema, request.body);
    return { dropped: await storeFaults.drop(name, prefix) };
  });
  app.post('/store/age', async (request) => {
    const { bucket: name, days } = parseBody(ageSchema, request.body);
    await storeFaults.age(name, days);
    return { aged: days };
  });
}
