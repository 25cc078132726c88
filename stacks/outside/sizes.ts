/** DigitalOcean size slugs the fleet may use, smallest first: memory in MiB, disk in GiB, virtual CPUs, list price in USD a month without tax. */
import type { Fact } from './fact';

export interface Size {
  memoryMiB: number;
  diskGiB: number;
  vcpus: number;
  usdPerMonth: number;
}

export const sizes: Fact<Record<string, Size>> = {
  value: {
    's-1vcpu-2gb': { memoryMiB: 2048, diskGiB: 50, vcpus: 1, usdPerMonth: 12 },
    's-2vcpu-4gb': { memoryMiB: 4096, diskGiB: 80, vcpus: 2, usdPerMonth: 24 },
    's-4vcpu-8gb': { memoryMiB: 8192, diskGiB: 160, vcpus: 4, usdPerMonth: 48 },
    's-8vcpu-16gb': { memoryMiB: 16384, diskGiB: 320, vcpus: 8, usdPerMonth: 96 },
  },
  source: 'https://www.digitalocean.com/pricing/droplets ("Basic Droplets")',
  checked: '2026-11-29',
  check:
    'curl -sS -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" "https://api.digitalocean.com/v2/sizes?per_page=200" | jq -c \'.sizes[] | select(.slug | test("^s-[1248]vcpu-(2|4|8|16)gb$")) | [.slug, .memory, .disk, .vcpus, .price_monthly]\'',
};
