import { DownloadFaults } from '../../localcloud/outside/faults';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcmeFaults } from '../../localcloud/acme/front';
import { createApi, type Api, type ApiDeps } from '../../localcloud/api';
import { age, corrupt, drop, type ObjectChoice } from '../../localcloud/store/damage';
import type { Absence, StoreFaults } from '../../localcloud/store/faults';
import type { HostDriver, HostSpec, NetworkPlan } from '../../localcloud/host-driver';

export const ZONE = { id: 'c'.repeat(32), name: 'drill.test' };
export const TOKENS = { digitalocean: 'do-token', cloudflare: 'c'.repeat(40) };
export const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJrR5Y9mK0ZQ2v5nJ6mZ3xw0Yv8qk2b1t7n4dQm3s9Xa drill';
export const FINGERPRINT = /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/;

/** Hosts that exist in memory only. `hold` makes boots wait until `release`. */
export class FakeDriver implements HostDriver {
  specs: HostSpec[] = [];
  calls: string[] = [];
  plans: NetworkPlan[] = [];
  running: number[] = [];
  failCreate = false;
  failNetwork = false;
  private waiting: (() => void)[] = [];
  constructor(public hold = false) {}

  async create(spec: HostSpec): Promise<void> {
    this.specs.push(spec);
    if (this.hold) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.failCreate) throw new Error('no such image');
    this.running.push(spec.id);
  }

  release(): void {
    this.waiting.splice(0).forEach((go) => go());
  }

  async powerOff(id: number): Promise<void> {
    this.calls.push(`powerOff ${id}`);
  }
  async powerOn(id: number): Promise<void> {
    this.calls.push(`powerOn ${id}`);
  }
  async rebuild(id: number): Promise<void> {
    this.calls.push(`rebuild ${id}`);
  }
  async destroy(id: number): Promise<void> {
    this.calls.push(`destroy ${id}`);
    this.running = this.running.filter((other) => other !== id);
  }

  async freeze(id: number, frozen: boolean): Promise<void> {
    this.calls.push(`freeze ${id} ${frozen}`);
  }
  async partition(id: number, cut: boolean): Promise<void> {
    this.calls.push(`partition ${id} ${cut}`);
  }
  async fill(id: number, leaveMiB: number | null): Promise<void> {
    this.calls.push(`fill ${id} ${leaveMiB}`);
  }
  async setClock(id: number, seconds: number): Promise<void> {
    this.calls.push(`setClock ${id} ${seconds}`);
  }
  async applyNetwork(plan: NetworkPlan): Promise<void> {
    if (this.failNetwork) throw new Error('nft failed');
    this.plans.push(structuredClone(plan));
  }

  async recover(): Promise<number[]> {
    return [...this.running];
  }

  get plan(): NetworkPlan {
    return this.plans[this.plans.length - 1];
  }
}

/** An authority that only remembers how it is away. */
class FakeAcmeFaults implements AcmeFaults {
  private how: ReturnType<AcmeFaults['state']> = 'answers';
  async away(how: Absence): Promise<void> {
    this.how = how;
  }
  async limit(): Promise<void> {
    this.how = 'limits';
  }
  async back(): Promise<void> {
    this.how = 'answers';
  }
  state(): ReturnType<AcmeFaults['state']> {
    return this.how;
  }
}

/** A store that only remembers how it is away; its files are real. */
class FakeStoreFaults implements StoreFaults {
  private how?: Absence;
  constructor(private readonly folder: string) {}
  async away(how: Absence): Promise<void> {
    this.how = how;
  }
  async back(): Promise<void> {
    this.how = undefined;
  }
  absence(): Absence | undefined {
    return this.how;
  }
  corrupt(bucket: string, which: ObjectChoice): ReturnType<StoreFaults['corrupt']> {
    return corrupt(this.folder, bucket, which);
  }
  async drop(bucket: string, prefix: string): Promise<number> {
    return drop(this.folder, bucket, prefix);
  }
  age(bucket: string, days: number): Promise<void> {
    return age(this.folder, bucket, days);
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

const noLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A listening API with a directory of its own. */
export class Harness {
  driver = new FakeDriver();
  readonly directory = mkdtempSync(join(tmpdir(), 'api-test-'));
  api!: Api;
  url = '';

  get storeFolder(): string {
    return join(this.directory, 'store');
  }

  get statePath(): string {
    return join(this.directory, 'state.json');
  }

  async start(options: Partial<ApiDeps> = {}): Promise<this> {
    // Tests ask more often than a client may.
    const limits = { requestsPerMinute: 100_000, requestsPerHour: 100_000, ...options.limits };
    this.api = createApi({
      driver: this.driver,
      storeFaults: new FakeStoreFaults(this.storeFolder),
      downloads: new DownloadFaults(),
      acme: new FakeAcmeFaults(),
      certificate: async () => ({ certificate: '', key: '' }),
      statePath: this.statePath,
      tokens: TOKENS,
      zone: ZONE,
      log: noLog,
      ...options,
      limits,
    });
    await this.api.listen({ host: '127.0.0.1', port: 0 });
    this.url = `http://127.0.0.1:${(this.api.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    await this.api.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async call(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    const bearer = token ?? (path.startsWith('/client') ? TOKENS.cloudflare : TOKENS.digitalocean);
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(bearer ? { authorization: `Bearer ${bearer}` } : {}), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  }

  get = (path: string) => this.call('GET', path);
  post = (path: string, body?: unknown) => this.call('POST', path, body);
  put = (path: string, body?: unknown) => this.call('PUT', path, body);
  delete = (path: string, body?: unknown) => this.call('DELETE', path, body);

  /** Orders a droplet. */
  order = (fields: object = {}) =>
    this.post('/v2/droplets', {
      name: 'alpha',
      region: 'nyc1',
      size: 's-1vcpu-1gb',
      image: 'debian-12-x64',
      ssh_keys: null,
      tags: [],
      ...fields,
    });

  /** A booted droplet. */
  async droplet(fields: object = {}): Promise<any> {
    const { status, body } = await this.order(fields);
    if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
    return this.until(`/v2/droplets/${body.droplet.id}`, (now) => now.droplet.status === 'active').then(
      (now) => now.droplet,
    );
  }

  /** Polls until the answer satisfies `done`. */
  async until(path: string, done: (body: any) => boolean): Promise<any> {
    for (let attempt = 0; attempt < 500; attempt++) {
      const { body } = await this.get(path);
      if (done(body)) return body;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`${path} never got there`);
  }
}
