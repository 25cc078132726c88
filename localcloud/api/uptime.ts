import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from './context';
import { notFound, parseBody } from './errors';
import { page } from './paging';
import { own, type UptimeAlert, type UptimeCheck } from './state';

const checkSchema = z.object({
  name: z.string().min(1),
  type: z.enum(['ping', 'http', 'https']),
  target: z.string().min(1),
  regions: z
    .array(z.enum(['us_east', 'us_west', 'eu_west', 'se_asia']))
    .nullish()
    .transform((regions) => regions ?? null),
  enabled: z.boolean().default(true),
});
const alertSchema = z.object({
  name: z.string().min(1),
  type: z.enum(['latency', 'down', 'down_global', 'ssl_expiry']),
  threshold: z
    .number()
    .nullish()
    .transform((value) => value ?? 0),
  comparison: z
    .enum(['greater_than', 'less_than', ''])
    .nullish()
    .transform((value) => value ?? ''),
  period: z
    .enum(['2m', '3m', '5m', '10m', '15m', '30m', '1h', ''])
    .nullish()
    .transform((value) => value ?? ''),
  notifications: z.object({
    email: z
      .array(z.string())
      .nullish()
      .transform((list) => list ?? []),
    slack: z
      .array(z.object({ channel: z.string(), url: z.string() }))
      .nullish()
      .transform((list) => list ?? []),
  }),
});

/** Regions stay as given, also when none are: any that were filled in would differ from the program for ever. */
function checkView({ id, name, type, target, regions, enabled }: UptimeCheck): object {
  return { id, name, type, target, regions, enabled };
}

type CheckPath = { Params: { id: string } };
type AlertPath = { Params: { id: string; alert: string } };

/** Uptime checks and alerts are stored only: the embedded cloud probes nothing and notifies nobody. */
export function uptimeRoutes(app: FastifyInstance, { store }: Context): void {
  const check = (id: string): UptimeCheck => {
    const found = own(store.state.checks, id);
    if (!found) throw notFound();
    return found;
  };
  const alert = ({ id, alert: alertId }: AlertPath['Params']): UptimeAlert => {
    const found = own(check(id).alerts, alertId);
    if (!found) throw notFound();
    return found;
  };

  app.get('/uptime/checks', async (request) =>
    page(request, 'checks', Object.values(store.state.checks).map(checkView)),
  );
  app.post('/uptime/checks', async (request, reply) => {
    const fields = parseBody(checkSchema, request.body);
    const created = store.change((state): UptimeCheck => {
      const id = randomUUID();
      return (state.checks[id] = { id, ...fields, alerts: {} });
    });
    return reply.code(201).send({ check: checkView(created) });
  });
  app.get<CheckPath>('/uptime/checks/:id', async (request) => ({ check: checkView(check(request.params.id)) }));
  app.put<CheckPath>('/uptime/checks/:id', async (request) => {
    const found = check(request.params.id);
    const fields = parseBody(checkSchema, request.body);
    store.change(() => Object.assign(found, fields));
    return { check: checkView(found) };
  });
  app.delete<CheckPath>('/uptime/checks/:id', async (request, reply) => {
    const { id } = check(request.params.id);
    store.change((state) => {
      delete state.checks[id];
    });
    return reply.code(204).send();
  });

  app.get<CheckPath>('/uptime/checks/:id/alerts', async (request) =>
    page(request, 'alerts', Object.values(check(request.params.id).alerts)),
  );
  app.post<CheckPath>('/uptime/checks/:id/alerts', async (request, reply) => {
    const { alerts } = check(request.params.id);
    const fields = parseBody(alertSchema, request.body);
    const created = store.change((): UptimeAlert => {
      const id = randomUUID();
      return (alerts[id] = { id, ...fields });
    });
    return reply.code(201).send({ alert: created });
  });
  app.get<AlertPath>('/uptime/checks/:id/alerts/:alert', async (request) => ({ alert: alert(request.params) }));
  app.put<AlertPath>('/uptime/checks/:id/alerts/:alert', async (request) => {
    const found = alert(request.params);
    const fields = parseBody(alertSchema, request.body);
    store.change(() => Object.assign(found, fields));
    return { alert: found };
  });
  app.delete<AlertPath>('/uptime/checks/:id/alerts/:alert', async (request, reply) => {
    const { id } = alert(request.params);
    const { alerts } = check(request.params.id);
    store.change(() => {
      delete alerts[id];
    });
    return reply.code(204).send();
  });
}
