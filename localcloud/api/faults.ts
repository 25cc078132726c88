import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { cloudflareBody, digitalOceanBody, statusError } from './errors';

export const faultSchema = z.object({
  match: z.object({
    method: z.string().transform((method) => method.toUpperCase()).optional(),
    path: z.string().optional(),
  }).strict().default({}),
  status: z.number().int().min(400).max(599).optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  drop: z.boolean().optional(),
  retryAfter: z.number().min(0).optional(),
  after: z.boolean().optional(),
  count: z.number().int().min(1).default(1),
}).strict().refine((fault) => fault.status !== undefined || fault.drop || fault.delayMs !== undefined, 'A fault needs a status, drop or delayMs.');

/**
 * A fault of the API: the next `count` matching requests are delayed, dropped or answered with `status`.
 * `path` is matched whole and without the query, `*` stands for any text. With `after` the request is carried out
 * first and only its answer is lost, which is how duplicates come about.
 */
export type Fault = z.infer<typeof faultSchema>;
export interface ListedFault extends Fault { id: number; left: number }

function pattern(path: string): RegExp {
  return new RegExp(`^${path.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`);
}

/** The faults in force, oldest first; a request meets the first that matches. */
export class Faults {
  private list: ListedFault[] = [];
  private next = 1;
  private readonly met = new WeakMap<FastifyRequest, ListedFault>();

  add(fault: Fault): ListedFault {
    const listed = { ...fault, id: this.next++, left: fault.count };
    this.list.push(listed);
    return listed;
  }

  all(): ListedFault[] {
    return this.list;
  }

  clear(): void {
    this.list = [];
  }

  /** Puts the faults before (and after) every request but those to the control API. */
  install(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      const fault = this.take(request);
      if (!fault) return;
      this.met.set(request, fault);
      if (fault.delayMs) await delay(fault.delayMs);
      if (fault.after) return;
      if (fault.drop) return void drop(request, reply);
      if (fault.status === undefined) return;
      await reply.code(fault.status).headers(retryHeaders(fault)).send(faultBody(fault.status, request));
    });
    app.addHook('onSend', async (request, reply, payload) => {
      const fault = this.met.get(request);
      if (!fault?.after) return payload;
      if (fault.drop) {
        drop(request, reply);
        // Never settles: there is nobody left to send the answer to.
        return new Promise<never>(() => undefined);
      }
      if (fault.status === undefined) return payload;
      reply.code(fault.status).headers(retryHeaders(fault)).type('application/json').removeHeader('content-length');
      return JSON.stringify(faultBody(fault.status, request));
    });
  }

  private take(request: FastifyRequest): ListedFault | undefined {
    const path = request.url.split('?')[0];
    if (path.startsWith('/_cloud')) return undefined;
    const fault = this.list.find(({ match }) => (!match.method || match.method === request.method) && (!match.path || pattern(match.path).test(path)));
    if (fault && --fault.left === 0) this.list = this.list.filter((other) => other !== fault);
    return fault;
  }
}

function drop(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

/** Both spellings: DigitalOcean's client reads seconds, Cloudflare's milliseconds first. */
function retryHeaders(fault: Fault): Record<string, string> {
  return fault.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(fault.retryAfter)), 'retry-after-ms': String(fault.retryAfter * 1000) };
}

function faultBody(status: number, request: FastifyRequest): object {
  const error = statusError(status);
  return request.url.startsWith('/client/') ? cloudflareBody(error) : digitalOceanBody(error, request.id);
}
