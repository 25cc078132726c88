import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudError } from '../errors';
import { waitFor } from '../wait';

const PARENT = 'fleetcloud';

/** The unified hierarchy (alone or beside the old one), where freezing and killing work on whole groups. */
function unified(): string {
  const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) =>
    existsSync(join(path, 'cgroup.controllers')),
  );
  if (!root)
    throw new CloudError('The embedded cloud needs cgroup v2; mount it on /sys/fs/cgroup/unified and start again.');
  return root;
}

/** On machines with both hierarchies, systemd inside a host also lives in the old one. */
const legacy = () => ['/sys/fs/cgroup/systemd'].filter((path) => existsSync(join(path, 'cgroup.procs')));

function removeTree(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(group, entry.name));
  rmdirSync(group);
}

/** The control group around one host: everything that the host runs, its container manager included. */
export class HostGroup {
  /** The group of the unified hierarchy. */
  private readonly group: string;
  private readonly groups: string[];

  constructor(name: string) {
    this.group = join(unified(), PARENT, name);
    this.groups = [this.group, ...legacy().map((root) => join(root, PARENT, name))];
  }

  /** Files into which a process writes its pid to join. */
  create(): string[] {
    for (const group of this.groups) mkdirSync(group, { recursive: true });
    return this.groups.map((group) => join(group, 'cgroup.procs'));
  }

  async freeze(frozen: boolean): Promise<void> {
    writeFileSync(join(this.group, 'cgroup.freeze'), frozen ? '1' : '0');
    await waitFor(() => this.event('frozen') === frozen, {
      what: `The ${frozen ? 'freeze' : 'thaw'} of a host`,
      timeoutMs: 10_000,
    });
  }

  /** Kills everything in the group at once, waits until it is gone and removes the group. */
  async kill(): Promise<void> {
    if (existsSync(this.group)) {
      writeFileSync(join(this.group, 'cgroup.kill'), '1');
      await waitFor(() => !this.event('populated'), { what: 'The end of a killed host', timeoutMs: 20_000 });
    }
    // A group may stay busy for a moment after its last process.
    for (const group of this.groups) {
      await waitFor(
        () => {
          try {
            removeTree(group);
            return true;
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
            throw error;
          }
        },
        { what: `The removal of ${group}`, timeoutMs: 10_000 },
      );
    }
  }

  private event(name: 'frozen' | 'populated'): boolean {
    return readFileSync(join(this.group, 'cgroup.events'), 'utf8').includes(`${name} 1`);
  }
}

/** Names of all host groups, those of a killed run included. */
export function hostGroups(): string[] {
  const names = [unified(), ...legacy()].flatMap((root) => {
    const parent = join(root, PARENT);
    return existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name)
      : [];
  });
  return [...new Set(names)];
}

/** Removes the groups' parent once no host is left. */
export function removeParentGroup(): void {
  for (const root of [unified(), ...legacy()]) if (existsSync(join(root, PARENT))) rmdirSync(join(root, PARENT));
}
