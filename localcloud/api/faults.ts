import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { pathOf } from './auth';
import { cloudflareBody, digitalOceanBody, statusError } from './errors';

export const faultSchema = z
  .object({
    match: z
      .object({
        method: z
          .string()
          .transform((method) => method.toUpperCase())
          .optional(),
        path: z.string().optional(),
      })
      .strict()
      .default({}),
    status: z.number().int().min(400).max(599).optional(),
    delayMs: z.number().int().min(0).max(600_000).optional(),
    drop: z.boolean().optional(),
    message: z.string().optional(),
    page: z.boolean().optional(),
    hide: z.string().min(1).optional(),
    retryAfter: z.number().min(0).optional(),
    after: z.boolean().optional(),
    count: z.number().int().min(1).optional(),
    seconds: z.number().positive().max(86_400).optional(),
    probability: z.number().gt(0).max(1).default(1),
    seed: z.number().int().min(0).default(0),
  })
  .strict()
  .refine(
    (fault) => [fault.status, fault.drop, fault.delayMs, fault.hide].some((one) => one !== undefined),
    'A fault needs a status, drop, delayMs or hide.',
  )
  // Once, unless it is bounded in time.
  .transform((fault) => ({ ...fault, count: fault.count ?? (fault.seconds === undefined ? 1 : undefined) }));

/**
 * A fault of the API: the next `count` matching requests (one by default), or all in the next `seconds`, or so many within
 * that time, are delayed, dropped or answered with `status`. With a `probability` below 1 only that share of them meets it,
 * chosen by `seed`: the same requests in the same order meet the same end; the others go on to the next fault that matches.
 * `path` is matched whole and without the query, `*` stands for any text. With `after` the request is carried out
 * first and only its answer is lost, which is how duplicates come about. `message` is the reason that the answer gives, `page` makes it the
 * HTML page of a proxy. `hide` leaves what has this id, name, address or content out of the answer's lists.
 */
export type Fault = z.infer<typeof faultSchema>;
export type ListedFault = Fault & { id: number; left?: number; endsAt?: string };

function pattern(path: string): RegExp {
  return new RegExp(
    `^${path
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
  );
}

/** Even numbers in [0, 1) that follow from a seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The faults in force, oldest first; a request meets the first that matches. */
export class Faults {
  private list: ListedFault[] = [];
  private next = 1;
  private readonly rolls = new WeakMap<ListedFault, () => number>();
  private readonly met = new WeakMap<FastifyRequest, ListedFault>();

  add(fault: Fault): ListedFault {
    const endsAt = fault.seconds === undefined ? undefined : new Date(Date.now() + fault.seconds * 1000).toISOString();
    const listed = { ...fault, id: this.next++, left: fault.count, endsAt };
    this.rolls.set(listed, dice(fault.seed));
    this.list.push(listed);
    return listed;
  }

  all(): ListedFault[] {
    this.list = this.list.filter(({ endsAt }) => endsAt === undefined || Date.parse(endsAt) > Date.now());
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
      reply.code(fault.status).headers(retryHeaders(fault));
      await (fault.page
        ? reply.type('text/html').send(proxyPage(fault.status))
        : reply.send(faultBody(fault, fault.status, request)));
    });
    app.addHook('onSend', async (request, reply, payload) => {
      const fault = this.met.get(request);
      if (fault?.hide !== undefined && typeof payload === 'string') {
        reply.removeHeader('content-length');
        return JSON.stringify(without(JSON.parse(payload) as Record<string, unknown>, fault.hide));
      }
      if (!fault?.after) return payload;
      if (fault.drop) {
        drop(request, reply);
        // Never settles: there is nobody left to send the answer to.
        return new Promise<never>(() => undefined);
      }
      if (fault.status === undefined) return payload;
      reply.code(fault.status).headers(retryHeaders(fault)).type('application/json').removeHeader('content-length');
      return JSON.stringify(faultBody(fault, fault.status, request));
    });
  }

  private take(request: FastifyRequest): ListedFault | undefined {
    const path = pathOf(request);
    if (path.startsWith('/_cloud')) return undefined;
    const meets = (fault: ListedFault) => (this.rolls.get(fault)?.() ?? 0) < fault.probability;
    const matches = ({ match }: ListedFault) =>
      (!match.method || match.method === request.method) && (!match.path || pattern(match.path).test(path));
    const fault = this.all().find((each) => matches(each) && meets(each));
    if (fault?.left !== undefined && --fault.left === 0) this.list = this.list.filter((other) => other !== fault);
    return fault;
  }
}

function drop(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

/** Both spellings: DigitalOcean's client reads seconds, Cloudflare's milliseconds first. */
function retryHeaders(fault: Fault): Record<string, string> {
  return fault.retryAfter === undefined
    ? {}
    : { 'retry-after': String(Math.ceil(fault.retryAfter)), 'retry-after-ms': String(fault.retryAfter * 1000) };
}

function faultBody({ message }: Fault, status: number, request: FastifyRequest): object {
  const error = statusError(status, message);
  return request.url.startsWith('/client/') ? cloudflareBody(error) : digitalOceanBody(error, request.id);
}

/** What a proxy between the program and the provider answers instead of it. */
const proxyPage = (status: number): string =>
  `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>Blocked by policy</h1></body></html>\n`;

const NAMING = ['id', 'name', 'ip', 'content', 'fingerprint'];

/** The answer with every list in it shortened by what is called so. */
function without(answer: Record<string, unknown>, hidden: string): Record<string, unknown> {
  const isHidden = (item: unknown) =>
    typeof item === 'object' &&
    item !== null &&
    NAMING.some((key) => String((item as Record<string, unknown>)[key]) === hidden);
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.filter((item) => !isHidden(item)) : value,
    ]),
  );
}
