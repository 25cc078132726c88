/** DigitalOcean size slugs the fleet may use: memory in MiB, disk in GiB, virtual CPUs. */
export const sizes: Record<string, { memoryMiB: number; diskGiB: number; vcpus: number }> = {
  's-1vcpu-2gb': { memoryMiB: 2048, diskGiB: 50, vcpus: 1 },
  's-2vcpu-4gb': { memoryMiB: 4096, diskGiB: 80, vcpus: 2 },
  's-4vcpu-8gb': { memoryMiB: 8192, diskGiB: 160, vcpus: 4 },
  's-8vcpu-16gb': { memoryMiB: 16384, diskGiB: 320, vcpus: 8 },
};
