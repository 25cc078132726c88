import type { FastifyInstance } from 'fastify';

const KEPT = 2000;

/** `status` 0: the connection was dropped without an answer. No headers and no bodies, because those hold secrets. */
export interface LoggedRequest {
  at: string;
  method: string;
  path: string;
  status: number;
}

/** The last requests to the two APIs, for tests that count calls. */
export class RequestLog {
  private entries: LoggedRequest[] = [];

  install(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      if (request.url.startsWith('/_cloud')) return;
      const at = new Date().toISOString();
      // The socket's own event, because a dropped request never passes the hooks at the end.
      reply.raw.once('close', () =>
        this.add({
          at,
          method: request.method,
          path: request.url,
          status: reply.raw.writableFinished ? reply.raw.statusCode : 0,
        }),
      );
    });
  }

  all(): LoggedRequest[] {
    return this.entries;
  }

  clear(): void {
    this.entries = [];
  }

  private add(entry: LoggedRequest): void {
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.entries.splice(0, this.entries.length - KEPT);
  }
}
