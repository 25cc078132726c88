import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from './context';
import { notFound, parseBody, unprocessable } from './errors';
import { page } from './paging';
import { own, type CloudState, type SshKey } from './state';

const createSchema = z.object({ name: z.string().min(1), public_key: z.string() });
const updateSchema = z.object({ name: z.string().min(1) });

/** MD5 with colons, as DigitalOcean shows it; undefined for text that is no public key. */
export function fingerprint(publicKey: string): string | undefined {
  const [type = '', blob] = publicKey.trim().split(/\s+/);
  if (!blob || !/^(ssh-|ecdsa-|sk-)/.test(type)) return undefined;
  const bytes = Buffer.from(blob, 'base64');
  // The blob begins with the length and the text of its own type.
  if (bytes.length < 4 + type.length || bytes.toString('latin1', 4, 4 + type.length) !== type) return undefined;
  return createHash('md5')
    .update(blob, 'base64')
    .digest('hex')
    .replace(/..(?!$)/g, '$&:');
}

/** A key by numeric id or by fingerprint. */
export function findKey(state: CloudState, key: string): SshKey | undefined {
  return own(state.keys, key) ?? Object.values(state.keys).find((own) => own.fingerprint === key);
}

function keyView(key: SshKey): object {
  return { id: key.id, name: key.name, public_key: key.publicKey, fingerprint: key.fingerprint };
}

export function keyRoutes(app: FastifyInstance, { store }: Context): void {
  const existing = (key: string): SshKey => {
    const found = findKey(store.state, key);
    if (!found) throw notFound();
    return found;
  };

  app.get('/account/keys', async (request) => page(request, 'ssh_keys', Object.values(store.state.keys).map(keyView)));

  app.post('/account/keys', async (request, reply) => {
    const body = parseBody(createSchema, request.body);
    const print = fingerprint(body.public_key);
    if (!print) throw unprocessable('Key invalid, key should be of the format `type key [comment]`');
    if (findKey(store.state, print)) throw unprocessable('SSH Key is already in use on your account');
    const key = store.change((state) => {
      const id = state.next.key++;
      return (state.keys[id] = { id, name: body.name, publicKey: body.public_key.trim(), fingerprint: print });
    });
    return reply.code(201).send({ ssh_key: keyView(key) });
  });

  app.get<{ Params: { key: string } }>('/account/keys/:key', async (request) => ({
    ssh_key: keyView(existing(request.params.key)),
  }));

  app.put<{ Params: { key: string } }>('/account/keys/:key', async (request) => {
    const key = existing(request.params.key);
    const { name } = parseBody(updateSchema, request.body);
    store.change(() => {
      key.name = name;
    });
    return { ssh_key: keyView(key) };
  });

  app.delete<{ Params: { key: string } }>('/account/keys/:key', async (request, reply) => {
    const key = existing(request.params.key);
    store.change((state) => {
      delete state.keys[key.id];
    });
    return reply.code(204).send();
  });
}
