/** DigitalOcean size slugs the fleet may use, smallest first: memory in MiB, disk in GiB, virtual CPUs, list price in USD a month without tax. */
export interface Size {
  memoryMiB: number;
  diskGiB: number;
  vcpus: number;
  usdPerMonth: number;
}

export const sizes: Record<string, Size> = {
  's-1vcpu-2gb': { memoryMiB: 2048, diskGiB: 50, vcpus: 1, usdPerMonth: 12 },
  's-2vcpu-4gb': { memoryMiB: 4096, diskGiB: 80, vcpus: 2, usdPerMonth: 24 },
  's-4vcpu-8gb': { memoryMiB: 8192, diskGiB: 160, vcpus: 4, usdPerMonth: 48 },
  's-8vcpu-16gb': { memoryMiB: 16384, diskGiB: 320, vcpus: 8, usdPerMonth: 96 },
};

/** A month's price is reached after this many hours: four weeks. */
export const hoursBilledAMonth = 672;

/** "Reserved IPs cost $5 a month when they are not assigned", and nothing while they are; the API does not tell. */
export const reservedIpUsdPerMonth = { assigned: 0, unassigned: 5 };

/** What the system itself needs beside the services: Debian, the backup tools, a page cache worth having. */
export const system = { memoryMiB: 512, diskGiB: 10 };

/** "Emergency Procedures", scenario 5, step 2: no host below 4 GB of memory and 20 GB of disk. */
export const floor = { memoryMiB: 4096, diskGiB: 20 };

/** The smallest size that holds this much, or nothing where none does. */
export function smallestFor(needs: { memoryMiB: number; diskGiB: number }): string | undefined {
  return Object.keys(sizes).find((slug) => sizes[slug].memoryMiB >= needs.memoryMiB && sizes[slug].diskGiB >= needs.diskGiB);
}
