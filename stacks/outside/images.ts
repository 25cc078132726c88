/** Images that a host may boot. */
import type { Fact } from './fact';

export const debian12: Fact<string> = {
  value: 'debian-12-x64',
  source: 'https://docs.digitalocean.com/products/droplets/details/images/ (Debian 12, slug debian-12-x64)',
  checked: '2026-11-29',
  check:
    'curl -sS -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" https://api.digitalocean.com/v2/images/debian-12-x64 | jq -c "[.image.slug, .image.status]"',
};
