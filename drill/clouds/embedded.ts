/** The embedded cloud under a drill: started for it, stopped after it, and looked for on this machine. */
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudEndpoints } from '../../localcloud/index';
import { loopFilesUnder } from '../../localcloud/mounts';
import { fleets } from '../../stacks';
import { UserError } from '../../scripts/lib/errors';
import { cacheDir } from '../../scripts/lib/project';
import { ask } from '../ask';
import { digitalOcean, records } from '../console';
import type { Drill } from '../context';
import { required } from '../../stacks/model/required';
import { filesHolding, storeDirOf } from '../marker';
import type { Check } from '../../scripts/lib/drill-report';
import type { CloudAccess, DrillCloud, HookPlace } from './cloud';

export class EmbeddedCloud implements DrillCloud {
  readonly name = 'embedded';
  readonly label = 'embedded cloud';
  readonly faults = ['host-destroyed'];
  readonly does = { start: 'starting the embedded cloud', end: 'stopping the cloud' };
  private endpoints: CloudEndpoints | undefined;

  constructor(readonly stack = fleets[0].rehearsal) {}

  get standIns(): string[] {
    return this.endpoints?.standIns ?? [];
  }

  async claim({ workspace, progress }: Drill): Promise<void> {
    const { cloudStatus, stopCloud } = await import('../../localcloud/index');
    const running = await cloudStatus();
    if (!running) return;
    if (!workspace.interruptedBefore)
      throw new UserError(
        `An embedded cloud is already running (process ${running.pid}), and a drill needs one of its own.`,
        'Stop it with: fleet cloud stop',
      );
    progress.say('  stopping the cloud of a drill that was killed');
    await stopCloud();
  }

  async start({ ends, signal, progress }: Drill, from?: string): Promise<CloudAccess> {
    const { startCloud } = await import('../../localcloud/index');
    this.endpoints = await ends.hold(startCloud({ from, signal, progress: (line) => progress.waiting(line) }));
    return { ...this.endpoints, playsOutside: true };
  }

  async strike(fault: string, droplet: number): Promise<void> {
    const acts: Record<string, string> = { 'host-destroyed': 'destroy' };
    await ask(`${this.started.control}/droplets/${droplet}/${acts[fault]}`, { method: 'POST' });
  }

  follow(): void {}

  /** Its state goes with the cloud. */
  async abandon(): Promise<void> {}

  hooks(): HookPlace {
    const { nameserver } = this.started;
    return { listen: nameserver, address: nameserver, label: 'hook' };
  }

  async droplets(): Promise<string[]> {
    const { droplets } = await digitalOcean({ cloud: this.started }, 'GET', '/droplets?per_page=200');
    return droplets.map(({ name }: { name: string }) => name);
  }

  async left(): Promise<string[]> {
    const at = { cloud: this.started };
    const { reserved_ips: addresses } = await digitalOcean(at, 'GET', '/reserved_ips');
    const { firewalls } = await digitalOcean(at, 'GET', '/firewalls');
    return [
      ...(await this.droplets()).map((name) => `droplet ${name}`),
      ...addresses.map((one: any) => `reserved IP ${one.ip}`),
      ...firewalls.map((one: any) => `firewall ${one.name}`),
      ...(await records(at, 'GET')).map((one: any) => `DNS record ${one.name}`),
    ];
  }

  inStore(text: string): Promise<string[]> {
    return filesHolding(text, storeDirOf(this.started.cacheDir));
  }

  /** Stops it; ok once nothing of it can be found on this machine. */
  async end(): Promise<Check> {
    const { stopCloud } = await import('../../localcloud/index');
    await stopCloud();
    const run = join(cacheDir(), 'run');
    const left = [
      ...(existsSync('/run/netns/fleetcloud') ? ['network namespace fleetcloud'] : []),
      ...(existsSync('/sys/class/net/fleetcloud0') ? ['interface fleetcloud0'] : []),
      ...readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[1] ?? '')
        .filter((mount) => mount.startsWith(run))
        .map((mount) => `mount ${mount}`),
      ...loopFilesUnder(cacheDir()).map((file) => `loop device of ${file}`),
      ...processesBelow(run).map((pid) => `process ${pid}`),
    ];
    return {
      name: 'nothing left on this machine',
      ok: left.length === 0,
      detail: left.length ? left.join(', ') : 'no process, namespace, interface, mount or loop device',
    };
  }

  private get started(): CloudEndpoints {
    return required(this.endpoints, 'the cloud');
  }
}

/** Processes that live in a folder: their root or their working directory is there. */
function processesBelow(dir: string): string[] {
  const link = (path: string) => {
    try {
      return readlinkSync(path);
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) && ['root', 'cwd'].some((name) => `${link(`/proc/${pid}/${name}`)}/`.startsWith(`${dir}/`)),
  );
}
