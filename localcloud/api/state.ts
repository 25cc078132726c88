import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export type DropletStatus = 'new' | 'active' | 'off';

/** `user_data` is deliberately not kept: it is needed once, and it may hold secrets. */
export interface Droplet {
  id: number;
  name: string;
  region: string;
  size: string;
  /** GiB; stays as it is where the size changed without it. */
  disk: number;
  image: string;
  address: string;
  tags: string[];
  features: string[];
  vpc: string;
  status: DropletStatus;
  locked: boolean;
  createdAt: string;
  /** Faults that lie on the host; they are laid on again after a restart of the server. */
  hung: boolean;
  partitioned: boolean;
}

export interface Action {
  id: number;
  type: string;
  status: 'in-progress' | 'completed' | 'errored';
  startedAt: string;
  completedAt: string | null;
  resourceType: 'droplet' | 'reserved_ip';
  /** Droplet id, or the address as a number, as DigitalOcean does for reserved IPs. */
  resourceId: number;
  region: string;
}

export interface Targets {
  addresses?: string[];
  droplet_ids?: number[];
  tags?: string[];
  load_balancer_uids?: string[];
  kubernetes_ids?: string[];
}

export interface FirewallRule {
  protocol: 'tcp' | 'udp' | 'icmp';
  ports: string;
  targets: Targets;
}

export interface Firewall {
  id: string;
  name: string;
  status: 'succeeded' | 'failed';
  createdAt: string;
  inbound: FirewallRule[];
  outbound: FirewallRule[];
  dropletIds: number[];
  tags: string[];
}

export interface SshKey {
  id: number;
  name: string;
  publicKey: string;
  fingerprint: string;
}

export interface ReservedIp {
  address: string;
  region: string;
  dropletId: number | null;
}

export interface Vpc {
  id: string;
  name: string;
  description: string;
  region: string;
  ipRange: string;
  createdAt: string;
  default: boolean;
}

export interface UptimeCheck {
  id: string;
  name: string;
  type: string;
  target: string;
  regions: string[] | null;
  enabled: boolean;
  alerts: Record<string, UptimeAlert>;
}

export interface UptimeAlert {
  id: string;
  name: string;
  type: string;
  threshold: number;
  comparison: string;
  period: string;
  notifications: { email: string[]; slack: { channel: string; url: string }[] };
}

export interface DnsRecord {
  id: string;
  name: string;
  type: string;
  content: string;
  ttl: number;
  proxied: boolean;
  priority?: number;
  data?: Record<string, unknown>;
  comment: string | null;
  tags: string[];
  settings: Record<string, unknown>;
  createdOn: string;
  modifiedOn: string;
}

export interface CloudState {
  version: 1;
  next: { droplet: number; action: number; key: number };
  /** Last octets given out last; addresses rotate, so that a freed one is not taken by the next droplet at once. */
  lastOctet: { droplet: number; reserved: number };
  droplets: Record<string, Droplet>;
  actions: Record<string, Action>;
  tags: string[];
  firewalls: Record<string, Firewall>;
  keys: Record<string, SshKey>;
  reservedIps: Record<string, ReservedIp>;
  vpcs: Record<string, Vpc>;
  checks: Record<string, UptimeCheck>;
  records: Record<string, DnsRecord>;
}

function emptyState(): CloudState {
  return {
    version: 1,
    next: { droplet: 1001, action: 1, key: 501 },
    lastOctet: { droplet: 9, reserved: 127 },
    droplets: {},
    actions: {},
    tags: [],
    firewalls: {},
    keys: {},
    reservedIps: {},
    vpcs: {},
    checks: {},
    records: {},
  };
}

/** An entry by a key that came in a path: only entries, nothing that every object has. */
export function own<T>(entries: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

/** Everything the two APIs remember, in one JSON file that is replaced as a whole after every change. */
export class Store {
  readonly state: CloudState;
  private closed = false;

  constructor(private readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.state = this.read();
  }

  /** Changes the state and writes it before returning, so that an answered request is never forgotten. */
  change<T>(edit: (state: CloudState) => T): T {
    const result = edit(this.state);
    // After close the file belongs to the next server; a host that finishes booting now must not overwrite it.
    if (!this.closed) {
      const temporary = `${this.path}.new`;
      writeFileSync(temporary, JSON.stringify(this.state), { mode: 0o600 });
      renameSync(temporary, this.path);
    }
    return result;
  }

  close(): void {
    this.closed = true;
  }

  private read(): CloudState {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyState();
      throw error;
    }
    try {
      const state = JSON.parse(text) as CloudState;
      if (state.version === 1) return state;
    } catch {
      // Reported below together with an unknown version.
    }
    throw new Error(
      `The state of the embedded cloud in ${this.path} is unreadable; run \`fleet cloud stop\` and start again.`,
    );
  }
}
