import type { FastifyInstance } from 'fastify';
import { downloadFaultSchema, type DownloadFaults } from '../outside/faults';
import { parseBody } from './errors';

/**
 * Faults of the outside that hosts download from, below `/_cloud/downloads`: `POST /faults {address, how, bytesPerSecond, count}` (see `DownloadFault`),
 * `GET` lists those in force, `DELETE` ends them.
 */
export function downloadFaultRoutes(app: FastifyInstance, downloads: DownloadFaults): void {
  app.get('/downloads/faults', async () => ({ faults: downloads.all() }));
  app.post('/downloads/faults', async (request, reply) => {
    downloads.add(parseBody(downloadFaultSchema, request.body));
    return reply.code(201).send({ faults: downloads.all() });
  });
  app.delete('/downloads/faults', async (_request, reply) => {
    downloads.clear();
    return reply.code(204).send();
  });
}
