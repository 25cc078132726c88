/**
 * What the API layer of the embedded cloud asks of the machine: boot hosts, cut them off, filter their traffic.
 * `localcloud/hosts` implements it over overlayfs, systemd-nspawn and nftables.
 */

/** One host to boot. `id` is the droplet id, which cloud-init sees as its instance id. */
export interface HostSpec {
  id: number;
  name: string;
  address: string;
  userData: string;
  publicKeys: string[];
  /** For how long the provider's own first boot holds apt's locks; 0 where it does not use apt. */
  vendorAptSeconds: number;
  memoryMiB: number;
  diskGiB: number;
}

/**
 * One allow rule of a cloud firewall. `ports` is a single port (`"22"`), a range (`"8000-9000"`), or `"all"` (also `"0"`);
 * it is ignored for icmp. `addresses` are IPv4/IPv6 addresses or prefixes; those of other families are skipped.
 */
export interface Rule {
  direction: 'inbound' | 'outbound';
  protocol: 'tcp' | 'udp' | 'icmp';
  ports: string;
  addresses: string[];
}

/** The whole network policy at one moment; it replaces the one before it atomically. */
export interface NetworkPlan {
  /** Rules by droplet id; null means that no firewall covers the droplet, an empty list that one without rules does. */
  firewalls: Record<number, Rule[] | null>;
  /** Droplet id by reserved address; null means reserved but not assigned. */
  reservedIps: Record<string, number | null>;
}

export interface HostDriver {
  /** Resolves when the init of the host runs. */
  create(spec: HostSpec): Promise<void>;
  powerOff(id: number): Promise<void>;
  powerOn(id: number): Promise<void>;
  /** Boots the host anew from the image, its disk empty, with the user data that it was made with. */
  rebuild(id: number): Promise<void>;
  /** Kills the host at once and removes its disk. An unknown id is not an error. */
  destroy(id: number): Promise<void>;
  freeze(id: number, frozen: boolean): Promise<void>;
  partition(id: number, cut: boolean): Promise<void>;
  /** Fills the disk of the host but for so many MiB; null takes the filling away. */
  fill(id: number, leaveMiB: number | null): Promise<void>;
  /** Makes the clock of the host wrong by so many seconds, as far as that can be done; 0 makes it right. */
  setClock(id: number, seconds: number): Promise<void>;
  applyNetwork(plan: NetworkPlan): Promise<void>;
  /** Boots the hosts of a clone that just starts. Ids of the hosts that run then, those that outlived an earlier API server included. */
  recover(): Promise<number[]>;
}
