/** What a host must have at least, and whether its machine has it. */
import { plansOf } from '../../services';
import type { ServicePlan } from '../../services/plan';
import type { Declaration, Host } from '../../stacks';
import type { Settings } from '../../stacks/model/settings';
import type { Problem } from '../../stacks/model/validate';
import type { Size } from '../../stacks/outside/sizes';
import { driverOf } from '.';

export type Needs = Pick<Size, 'memoryMiB' | 'diskGiB'>;

/** What the system itself needs beside the services: Debian, the backup tools, a page cache worth having. */
const SYSTEM: Needs = { memoryMiB: 512, diskGiB: 10 };

/** "Emergency Procedures", scenario 5, step 2: no host below 4 GB of memory and 20 GB of disk. */
export const FLOOR: Needs = { memoryMiB: 4096, diskGiB: 20 };

const holds = (size: Needs, needs: Needs): boolean =>
  size.memoryMiB >= needs.memoryMiB && size.diskGiB >= needs.diskGiB;

/** The smallest size that holds this much, of those that a machine of the host can have; undefined where none does. */
export const smallestFor = (host: Host, needs: Needs): string | undefined =>
  Object.entries(driverOf(host).sizes).find(([, size]) => holds(size, needs))?.[0];

/** What the services of a host need at their busiest, with the system's share. */
export const needsOf = (plans: ServicePlan[]): Needs =>
  plans.reduce(
    (sum, { needs }) => ({ memoryMiB: sum.memoryMiB + needs.memoryMiB, diskGiB: sum.diskGiB + needs.diskGiB }),
    SYSTEM,
  );

/** Every host whose size is unknown, or too small for the fleet or for its services; assumes that the declaration itself is valid. */
export function capacityRules(declaration: Declaration, settings: Settings): Problem[] {
  return declaration.hosts.flatMap((host, index) => {
    const message = misfit(host, needsOf(plansOf(declaration, host, settings)));
    return message ? [{ path: `declaration.hosts[${index}].size`, message }] : [];
  });
}

function misfit(host: Host, needs: Needs): string | undefined {
  const { sizes, provider } = driverOf(host);
  const size = sizes[host.size];
  const { memoryMiB, diskGiB } = needs;
  if (!size)
    return `"${host.size}" is not in the size table of ${provider}; choose one of ${Object.keys(sizes).join(', ')}`;
  if (!holds(size, FLOOR))
    return `${host.size} is below the fleet's floor of ${FLOOR.memoryMiB} MiB of memory and ${FLOOR.diskGiB} GiB of disk; choose ${smallestFor(host, FLOOR)} or larger`;
  if (holds(size, needs)) return undefined;
  const fitting = smallestFor(host, needs);
  return `the services of ${host.name} need ${memoryMiB} MiB of memory and ${diskGiB} GiB of disk, ${host.size} has ${size.memoryMiB} and ${size.diskGiB}; ${fitting ? `choose ${fitting} or larger` : 'take services off'}`;
}
