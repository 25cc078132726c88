import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CloudError } from '../errors';
import { hostNetns, inNetns } from '../network/netns';
import { describe, type ProcessRecord, startTime } from '../processes';
import { waitFor } from '../wait';
import type { HostGroup } from './cgroup';

/** Where systemd-nspawn keeps files by machine name; a killed one leaves them. */
const PROPAGATE = '/run/systemd/nspawn/propagate';

/** On a machine without a device manager no interface ever counts as ready, and systemd-nspawn asks only where /sys can be written. */
const WITHOUT_UDEV = [
  'unshare',
  '--mount',
  '--propagation=slave',
  'sh',
  '-c',
  'mount -o remount,bind,ro /sys && exec "$@"',
  'sh',
];

export const machineName = (id: number) => `fleetcloud-${id}`;

export interface Boot {
  id: number;
  name: string;
  root: string;
  console: string;
  group: HostGroup;
}

/** Boots the system in `root` and resolves as soon as its init runs. The host outlives the process that started it. */
export async function boot({ id, name, root, console, group }: Boot): Promise<ProcessRecord> {
  const join_ = group
    .create()
    .map((file) => `echo $$ >'${file}'`)
    .join(' && ');
  const command = inNetns(hostNetns(id), [
    ...WITHOUT_UDEV,
    'systemd-nspawn',
    '--quiet',
    `--directory=${root}`,
    `--machine=${machineName(id)}`,
    `--hostname=${name}`,
    '--network-interface=eth0',
    '--boot',
    '--register=no',
    '--keep-unit',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=pipe',
  ]);
  const log = openSync(console, 'a', 0o600);
  const child = spawn('sh', ['-c', `${join_} && exec "$@"`, 'sh', ...command], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let failure: string | undefined;
  child.on('error', (error) => {
    failure = error.message;
  });
  child.on('exit', () => {
    failure ??= 'it ended at once';
  });
  const pid = child.pid ?? 0;
  await waitFor(
    () => {
      if (failure) throw new CloudError(`The host ${name} did not boot: ${failure}: ${tail(console)}`);
      return runsInit(pid);
    },
    { what: `The start of the host ${name}`, timeoutMs: 30_000, everyMs: 10 },
  );
  return describe(pid);
}

/** Whether a child of the container manager has become the host's init. */
function runsInit(manager: number): boolean {
  try {
    const children = readFileSync(`/proc/${manager}/task/${manager}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
    return children.some(
      (child) =>
        startTime(Number(child)) !== undefined && readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'systemd',
    );
  } catch {
    return false;
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-2).join(' | ');
}

/** Removes what the container manager left under /run. */
export function forgetMachine(name: string): void {
  rmSync(join(PROPAGATE, name), { recursive: true, force: true });
}

/** Names of the cloud's machines that left something under /run. */
export function leftMachines(): string[] {
  try {
    return readdirSync(PROPAGATE).filter((name) => name.startsWith(machineName(0).slice(0, -1)));
  } catch {
    return [];
  }
}
