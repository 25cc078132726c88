import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { plan as addresses } from '../address-plan';
import { trust, type Root } from '../authority/trust';
import { run } from '../commands';
import { CloudError } from '../errors';
import { readJson, writeJson } from '../files';
import type { HostDriver, HostSpec, NetworkPlan } from '../host-driver';
import { isMounted } from '../mounts';
import { connectHost, disconnectHost, inNetns } from '../network/netns';
import { ruleset } from '../network/ruleset';
import { end, isAlive, type ProcessRecord } from '../processes';
import { HostGroup } from './cgroup';
import { setClock } from './clock';
import { boot, forgetMachine, machineName } from './container';
import { HostDisk } from './disk';
import { readSeed, seedFiles, writeSeed } from './seed';
import { Turns } from './turns';

/** What is remembered of a host on disk; its user data is not. */
interface HostRecord {
  id: number;
  name: string;
  address: string;
  diskGiB: number;
  /** The container manager; absent while the host is off. */
  process?: ProcessRecord;
  /** The disk that this host continues, when it is a clone's. */
  savedDisk?: string;
  /** A clone's host that has to boot when the cloud starts. */
  boots?: boolean;
}

/** What a host leaves for its clones, beside its disk. */
export type SavedHost = Pick<HostRecord, 'id' | 'name' | 'address' | 'diskGiB'> & { wasOn: boolean };

/** How long a host may take to shut itself down. */
const SHUTDOWN_MS = 40_000;

/** Boots hosts on this machine: a layer over the image, systemd-nspawn, a wire into the cloud's network. */
export class MachineHosts implements HostDriver {
  private readonly records = new Map<number, HostRecord>();
  private readonly cut = new Set<number>();
  private readonly turns = new Turns<number | 'network'>();
  private policy: NetworkPlan = { firewalls: {}, reservedIps: {} };

  /** `dir` holds one folder a host, `image` are the layers of the base image, the topmost first, `library` brings the one that makes clocks wrong, `roots` are whom hosts trust. */
  constructor(
    private readonly dir: string,
    private readonly image: string[],
    private readonly library: () => Promise<string> = async () => {
      throw new CloudError('There is no library that makes clocks wrong.');
    },
    private readonly roots: () => Root[] = () => [],
  ) {
    if (!existsSync(dir)) return;
    for (const name of readdirSync(dir)) {
      const record = readJson<HostRecord>(join(dir, name, 'host.json'));
      if (record) this.records.set(record.id, record);
    }
  }

  create(spec: HostSpec): Promise<void> {
    return this.turns.take(spec.id, async () => {
      if (this.records.has(spec.id)) throw new CloudError(`The host ${spec.id} exists already.`);
      const record = { id: spec.id, name: spec.name, address: spec.address, diskGiB: spec.diskGiB };
      this.records.set(spec.id, record);
      this.save(record);
      await this.disk(spec.id).create(spec.diskGiB);
      writeSeed(this.disk(spec.id).layer, seedFiles(spec));
      await this.start(record);
    });
  }

  powerOff(id: number): Promise<void> {
    return this.turns.take(id, async () => {
      const record = this.known(id);
      await this.kill(id);
      delete record.process;
      this.save(record);
    });
  }

  powerOn(id: number): Promise<void> {
    return this.turns.take(id, async () => {
      const record = this.known(id);
      if (record.process && isAlive(record.process)) return;
      // What is left of a host that shut itself down.
      await this.kill(id);
      await this.start(record);
    });
  }

  rebuild(id: number): Promise<void> {
    return this.turns.take(id, async () => {
      const record = this.known(id);
      await this.disk(id).mount();
      const seed = readSeed(this.disk(id).root);
      await this.kill(id);
      await this.disk(id).remove();
      // A clone's disk continues a saved one, and this one is empty.
      delete record.savedDisk;
      await this.disk(id).create(record.diskGiB);
      writeSeed(this.disk(id).layer, seed);
      await this.start(record);
    });
  }

  destroy(id: number): Promise<void> {
    return this.turns.take(id, async () => {
      await this.kill(id);
      await this.disk(id).remove();
      this.records.delete(id);
      this.cut.delete(id);
    });
  }

  freeze(id: number, frozen: boolean): Promise<void> {
    return this.turns.take(id, async () => {
      const { process } = this.known(id);
      if (process && isAlive(process)) await this.group(id).freeze(frozen);
    });
  }

  fill(id: number, leaveMiB: number | null): Promise<void> {
    return this.turns.take(id, async () => {
      this.known(id);
      if (leaveMiB === null) await this.disk(id).unfill();
      else await this.disk(id).fill(leaveMiB);
    });
  }

  setClock(id: number, seconds: number): Promise<void> {
    return this.turns.take(id, async () => {
      this.known(id);
      const disk = this.disk(id);
      await disk.mount();
      await setClock(disk.root, seconds, this.library);
    });
  }

  async partition(id: number, cut: boolean): Promise<void> {
    this.known(id);
    if (cut) this.cut.add(id);
    else this.cut.delete(id);
    await this.enforce();
  }

  async applyNetwork(policy: NetworkPlan): Promise<void> {
    this.policy = policy;
    await this.enforce();
  }

  /** Makes hosts that run trust what was learnt since they started. */
  trustAnew(): void {
    for (const id of this.records.keys()) if (isMounted(this.disk(id).root)) trust(this.disk(id).root, this.roots());
  }

  async recover(): Promise<number[]> {
    await Promise.all(
      [...this.records.values()]
        .filter(({ boots }) => boots)
        .map((record) => this.turns.take(record.id, () => this.start(record))),
    );
    return [...this.records.values()].filter(({ process }) => process && isAlive(process)).map(({ id }) => id);
  }

  /**
   * Shuts every host down from inside, or kills it when it does not go in time, and takes its mounts away.
   * Returns what a clone needs to know of each. For use while nobody else drives the hosts.
   */
  shutDownAll(): Promise<SavedHost[]> {
    return Promise.all(
      [...this.records.values()].map(async ({ process, id, name, address, diskGiB }) => {
        const wasOn = process !== undefined && isAlive(process);
        if (wasOn) {
          await this.group(id).freeze(false);
          await this.disk(id).unfill();
          // The container manager passes it on to the host's init as an order to power off.
          await end(process, SHUTDOWN_MS);
        }
        await this.kill(id);
        return { id, name, address, diskGiB, wasOn };
      }),
    );
  }

  private known(id: number): HostRecord {
    const record = this.records.get(id);
    if (!record) throw new CloudError(`There is no host ${id}.`);
    return record;
  }

  private async start(record: HostRecord): Promise<void> {
    const { id, name, address } = record;
    const disk = this.disk(id);
    delete record.boots;
    if (!disk.exists()) await disk.create(record.diskGiB);
    // The policy first: a host is never reachable without its firewall.
    await Promise.all([disk.mount(), connectHost(id, address), this.enforce()]);
    trust(disk.root, this.roots());
    record.process = await boot({
      id,
      name,
      root: disk.root,
      console: join(disk.dir, 'console.log'),
      group: this.group(id),
    });
    this.save(record);
  }

  private async kill(id: number): Promise<void> {
    await this.group(id).kill();
    forgetMachine(machineName(id));
    await Promise.all([disconnectHost(id), this.disk(id).unmount()]);
  }

  private enforce(): Promise<void> {
    return this.turns.take('network', async () => {
      const hosts = new Map([...this.records.values()].map(({ id, address }) => [id, address]));
      const [enter, ...rest] = inNetns(addresses.netns, ['nft', '-f', '-']);
      await run(enter, rest, { input: ruleset(this.policy, hosts, this.cut) });
    });
  }

  private save(record: HostRecord): void {
    writeJson(join(this.dir, String(record.id), 'host.json'), record);
  }

  private disk(id: number): HostDisk {
    return new HostDisk(join(this.dir, String(id)), this.image, this.records.get(id)?.savedDisk);
  }

  private group(id: number): HostGroup {
    return new HostGroup(String(id));
  }
}
