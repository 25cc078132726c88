import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';

type Json = Record<string, any>;

/** A DigitalOcean and Cloudflare API in memory, with switches for the faults that tests need. */
export class FakeCloud {
  readonly droplets = new Map<string, Json>();
  readonly tags = new Map<string, Json>();
  readonly firewalls = new Map<string, Json>();
  readonly keys = new Map<string, Json>();
  readonly ips = new Map<string, Json>();
  /** Never given out twice, as an address that is freed may be. */
  private nextAddress = 128;
  readonly checks = new Map<string, Json>();
  readonly alerts = new Map<string, Json>();
  readonly records = new Map<string, Json>();
  /** `METHOD path` of every request. */
  readonly log: string[] = [];
  /** Answers the first matching request differently; return undefined to let it pass. */
  intercept:
    | ((
        method: string,
        path: string,
      ) =>
        | {
            status: number;
            headers?: Record<string, string>;
            body?: Json;
            /** A page instead of JSON. */ page?: string;
            after?: boolean;
          }
        | 'hang'
        | 'hang-after'
        | undefined)
    | undefined;
  /** How many polls a new droplet stays new. */
  bootPolls = 1;
  private next = 1000;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeCloud> {
    const server = createServer();
    const cloud = new FakeCloud(server);
    server.on('request', (request, response) => void cloud.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get env(): Record<string, string> {
    return {
      DIGITALOCEAN_API_URL: this.url,
      DIGITALOCEAN_TOKEN: 'token',
      CLOUDFLARE_BASE_URL: `${this.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: 't'.repeat(40),
      DIGITALOCEAN_HTTP_RETRY_WAIT_MIN: '0.01',
    };
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  count(pattern: RegExp): number {
    return this.log.filter((line) => pattern.test(line)).length;
  }

  private id(): number {
    return this.next++;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, this.url);
    const method = request.method!;
    let text = '';
    for await (const chunk of request) text += chunk;
    this.log.push(`${method} ${pathname}`);
    const special = this.intercept?.(method, pathname);
    if (special === 'hang') return;
    const send = (status: number, body?: Json, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? '' : JSON.stringify(body));
    };
    if (typeof special === 'object' && special.page !== undefined)
      return void response.writeHead(special.status, { 'content-type': 'text/html' }).end(special.page);
    if (special !== undefined && special !== 'hang-after' && !special.after)
      return send(special.status, special.body ?? {}, special.headers);
    const answer = this.answer(method, pathname, text === '' ? {} : JSON.parse(text));
    if (special === 'hang-after') return;
    if (special?.after) return send(special.status, special.body ?? {}, special.headers);
    if (answer === undefined)
      send(404, { id: 'not_found', message: 'The resource you were accessing could not be found.' });
    else send(answer.status ?? 200, answer.body);
  }

  private answer(method: string, path: string, body: Json): { status?: number; body?: Json } | undefined {
    const route = (pattern: RegExp): string[] | undefined => pattern.exec(path)?.slice(1);
    let match = route(/^\/v2\/droplets(?:\/(\d+))?$/);
    if (match) return this.dropletRoute(method, match[0]!, body);
    match = route(/^\/v2\/droplets\/(\d+)\/actions$/);
    if (match) return method === 'GET' ? { body: { actions: [], links: {} } } : this.dropletAction(match[0]!, body);
    if (route(/^\/v2\/actions\/\d+$/)) return { body: { action: { id: 1, status: 'completed' } } };
    match = route(/^\/v2\/tags\/([^/]+)\/resources$/);
    if (match) return this.tagging(method, match[0]!, body);
    match = route(/^\/v2\/tags(?:\/([^/]+))?$/);
    if (match)
      return this.collection(
        this.tags,
        'tag',
        method,
        match[0] ?? undefined,
        body,
        (tag) => ({ ...tag, resources: counts() }),
        () => body.name,
      );
    match = route(/^\/v2\/firewalls(?:\/(.+))?$/);
    if (match)
      return this.collection(
        this.firewalls,
        'firewall',
        method,
        match[0],
        body,
        (fw) => ({ ...fw, status: 'succeeded', created_at: '2026-01-01T00:00:00Z', pending_changes: [] }),
        () => `fw-${this.id()}`,
      );
    match = route(/^\/v2\/account\/keys(?:\/(\d+))?$/);
    if (match)
      return this.collection(
        this.keys,
        'ssh_key',
        method,
        match[0],
        body,
        (key) => ({ ...key, id: Number(key.id), fingerprint: 'aa:bb' }),
        () => String(this.id()),
      );
    match = route(/^\/v2\/uptime\/checks\/[^/]+\/alerts(?:\/([^/]+))?$/);
    if (match)
      return this.collection(
        this.alerts,
        'alert',
        method,
        match[0],
        body,
        (alert) => alert,
        () => `alert-${this.id()}`,
      );
    match = route(/^\/v2\/uptime\/checks(?:\/([^/]+))?$/);
    if (match)
      return this.collection(
        this.checks,
        'check',
        method,
        match[0],
        body,
        (check) => check,
        () => `check-${this.id()}`,
      );
    match = route(/^\/v2\/reserved_ips(?:\/([\d.]+))?(?:\/(actions)(?:\/\d+)?)?$/);
    if (match) return this.ipRoute(method, match[0], match[1] !== undefined, body);
    match = route(/^\/client\/v4\/zones\/(\w+)\/dns_records(?:\/(.+))?$/);
    if (match) return this.recordRoute(method, match[1], body);
    if (route(/^\/client\/v4\/zones$/)) return { body: { success: true, result: [{ id: 'z1', name: 'drill.test' }] } };
    if (route(/^\/client\/v4\/zones\/z1$/))
      return { body: { success: true, result: { id: 'z1', name: 'drill.test' } } };
    return undefined;
  }

  private dropletRoute(
    method: string,
    id: string | undefined,
    body: Json,
  ): { status?: number; body?: Json } | undefined {
    if (id === undefined && method === 'POST') {
      const made = this.addDroplet(body);
      return { status: 202, body: { droplet: made } };
    }
    if (id === undefined) return { body: { droplets: [...this.droplets.values()], links: {} } };
    const droplet = this.droplets.get(id);
    if (droplet === undefined) return undefined;
    if (method === 'DELETE') {
      this.droplets.delete(id);
      return { status: 204 };
    }
    if (droplet.polls > 0 && --droplet.polls === 0) droplet.status = 'active';
    return { body: { droplet } };
  }

  addDroplet(body: Json): Json {
    const id = this.id();
    const droplet = {
      id,
      name: body.name,
      status: this.bootPolls > 0 ? 'new' : 'active',
      polls: this.bootPolls,
      locked: false,
      memory: 1024,
      vcpus: 1,
      disk: 25,
      created_at: '2026-01-01T00:00:00Z',
      features: [],
      region: { slug: body.region },
      size: { slug: body.size, price_hourly: 0.01, price_monthly: 6 },
      tags: body.tags ?? [],
      volume_ids: [],
      vpc_uuid: 'vpc-1',
      networks: {
        v4: [
          { ip_address: `203.0.113.${10 + (id % 100)}`, type: 'public' },
          { ip_address: '10.0.0.2', type: 'private' },
        ],
        v6: [],
      },
    };
    this.droplets.set(String(id), droplet);
    return droplet;
  }

  private dropletAction(id: string, body: Json): { status: number; body: Json } {
    const droplet = this.droplets.get(id)!;
    if (body.type === 'rename') droplet.name = body.name;
    if (body.type === 'resize') droplet.size = { ...droplet.size, slug: body.size };
    return { status: 201, body: { action: { id: 1, status: 'in-progress', type: body.type } } };
  }

  private tagging(method: string, tag: string, body: Json): { status: number } {
    for (const { resource_id: id } of body.resources as Json[]) {
      const droplet = this.droplets.get(id)!;
      droplet.tags = method === 'POST' ? [...droplet.tags, tag] : droplet.tags.filter((each: string) => each !== tag);
    }
    return { status: 204 };
  }

  private collection(
    map: Map<string, Json>,
    root: string,
    method: string,
    id: string | undefined,
    body: Json,
    show: (item: Json) => Json,
    newId: () => string,
  ): { status?: number; body?: Json } | undefined {
    if (id === undefined && method === 'GET') return { body: { [`${root}s`]: [...map.values()].map(show), links: {} } };
    if (id === undefined) {
      const made = { id: newId(), ...body };
      map.set(made.id, made);
      return { status: 201, body: { [root]: show(made) } };
    }
    const item = map.get(id);
    if (item === undefined) return undefined;
    if (method === 'DELETE') {
      map.delete(id);
      return { status: 204 };
    }
    if (method === 'PUT') Object.assign(item, body);
    return { body: { [root]: show(item) } };
  }

  private ipRoute(
    method: string,
    ip: string | undefined,
    isAction: boolean,
    body: Json,
  ): { status?: number; body?: Json } | undefined {
    if (ip === undefined) {
      const made = { ip: `203.0.113.${this.nextAddress++}`, region: { slug: body.region }, droplet: null };
      this.ips.set(made.ip, made);
      return { status: 202, body: { reserved_ip: made } };
    }
    const found = this.ips.get(ip);
    if (found === undefined) return undefined;
    if (isAction && method === 'POST')
      found.droplet = body.type === 'assign' ? { id: body.droplet_id, region: {} } : null;
    if (isAction) return { status: 201, body: { action: { id: 7, status: 'completed', type: body.type } } };
    if (method === 'DELETE') {
      this.ips.delete(ip);
      return { status: 204 };
    }
    return { body: { reserved_ip: found } };
  }

  private recordRoute(
    method: string,
    id: string | undefined,
    body: Json,
  ): { status?: number; body?: Json } | undefined {
    const show = (record: Json): Json => ({
      success: true,
      result: {
        created_on: '2026-01-01T00:00:00.123Z',
        modified_on: '2026-01-01T00:00:00.123Z',
        meta: {},
        tags: [],
        settings: {},
        comment: null,
        proxiable: true,
        ...record,
      },
    });
    if (id === undefined && method === 'GET') return { body: { success: true, result: [] } };
    if (id === undefined) {
      const made = { ...body, id: `rec${this.id()}`, name: fullName(body.name) };
      this.records.set(made.id, made);
      return { body: show(made) };
    }
    const record = this.records.get(id);
    if (record === undefined)
      return { status: 404, body: { success: false, errors: [{ code: 81044, message: 'Record does not exist.' }] } };
    if (method === 'DELETE') this.records.delete(id);
    if (method === 'PUT') Object.assign(record, body, { name: fullName(body.name) });
    return { body: show(record) };
  }
}

function counts(): Json {
  const zero = { count: 0 };
  return { count: 0, droplets: zero, images: zero, volumes: zero, volume_snapshots: zero, databases: zero };
}

/** A name inside the zone is taken with or without the zone's name. */
function fullName(name: string): string {
  return name.endsWith('.drill.test') ? name : `${name}.drill.test`;
}
