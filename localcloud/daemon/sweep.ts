import { rmSync } from 'node:fs';
import { HostGroup, hostGroups, removeParentGroup } from '../hosts/cgroup';
import { forgetMachine, leftMachines } from '../hosts/container';
import { unmountUnder } from '../mounts';
import { removeNetwork } from '../network/netns';
import type { Paths } from '../paths';
import { end, ProcessRecords } from '../processes';

/** Ends the daemon and the programs that it supervised, as far as they are written down. Hosts go on. */
export async function endProcesses({ processes }: Paths): Promise<void> {
  const records = new ProcessRecords(processes);
  // The daemon first: it would start the others again.
  for (const name of ['daemon', ...records.names().filter((other) => other !== 'daemon')]) {
    const record = records.read(name);
    if (record) await end(record);
    records.forget(name);
  }
}

/** Takes the whole cloud off this machine, however much of it there is and whoever left it: afterwards nothing of it is there but the cache. */
export async function sweep(paths: Paths): Promise<void> {
  await endProcesses(paths);
  await Promise.all(hostGroups().map((name) => new HostGroup(name).kill()));
  removeParentGroup();
  for (const machine of leftMachines()) forgetMachine(machine);
  await unmountUnder(paths.run);
  await removeNetwork();
  rmSync(paths.run, { recursive: true, force: true });
}
