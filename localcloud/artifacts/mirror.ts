import fastify, { type FastifyInstance } from 'fastify';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { plan, ports } from '../address-plan';

/** Serves `/NAME-VERSION.tar` and `/NAME-VERSION.tar.sha256` from the artifacts of the cache. */
export function createMirror(folder: string): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.get<{ Params: { file: string } }>('/:file', async (request, reply) => {
    const match = /^([a-z0-9][a-z0-9.-]*)\.tar(\.sha256)?$/.exec(request.params.file);
    const file = match ? join(folder, match[1], request.params.file) : undefined;
    const found = file ? await stat(file).catch(() => undefined) : undefined;
    if (!file || !found) return reply.code(404).type('text/plain').send('No such artifact.\n');
    return reply.header('content-length', found.size).type(match?.[2] ? 'text/plain' : 'application/x-tar').send(createReadStream(file, { highWaterMark: 1 << 20 }));
  });
  return app;
}

export async function startMirror(folder: string): Promise<FastifyInstance> {
  const app = createMirror(folder);
  await app.listen({ host: plan.services, port: ports.artifacts });
  return app;
}
