/** What a host must have at least, and the size that has it. */
import { sizes } from '../outside/sizes';

/** What the system itself needs beside the services: Debian, the backup tools, a page cache worth having. */
export const system = { memoryMiB: 512, diskGiB: 10 };

/** "Emergency Procedures", scenario 5, step 2: no host below 4 GB of memory and 20 GB of disk. */
export const floor = { memoryMiB: 4096, diskGiB: 20 };

/** The smallest size that holds this much, or nothing where none does. */
export function smallestFor(needs: { memoryMiB: number; diskGiB: number }): string | undefined {
  return Object.entries(sizes.value).find(
    ([, size]) => size.memoryMiB >= needs.memoryMiB && size.diskGiB >= needs.diskGiB,
  )?.[0];
}
