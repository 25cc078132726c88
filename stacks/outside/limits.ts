/** How much the outside lets one account ask for and have. */
import type { Fact } from './fact';

export const digitalOceanRequests: Fact<{ perMinute: number; perHour: number }> = {
  value: { perMinute: 250, perHour: 5000 },
  source: 'DigitalOcean OpenAPI document, specification/shared/headers.yml, ratelimit-limit',
  checked: '2026-11-30',
  check:
    'curl -sSI -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" https://api.digitalocean.com/v2/account | grep -i ratelimit',
};

/** Reserved IPs of a new account; more on request. */
export const reservedIps: Fact<{ perAccount: number; createdPerMinute: number }> = {
  value: { perAccount: 3, createdPerMinute: 12 },
  source: 'https://docs.digitalocean.com/products/networking/reserved-ips/details/limits/',
  checked: '2026-11-29',
  check:
    'curl -sS -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" https://api.digitalocean.com/v2/account | jq .account.reserved_ip_limit',
};

export const cloudflareRequests: Fact<{ perFiveMinutes: number }> = {
  value: { perFiveMinutes: 1200 },
  source: 'https://developers.cloudflare.com/api/limits',
  checked: '2026-11-30',
  check: 'curl -sS https://developers.cloudflare.com/fundamentals/api/reference/limits/ | grep -o "1,200[^<]*"',
};

/** Most characters of names: a bucket, a label of a public name, and the whole of it. */
export const nameLengths: Fact<{ bucket: number; label: number; name: number }> = {
  value: { bucket: 63, label: 63, name: 253 },
  source:
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 (255 octets with their lengths)',
  checked: '2026-11-30',
  check:
    'curl -sS https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html | grep -o "between 3 (min) and 63 (max)"; curl -sS https://www.rfc-editor.org/rfc/rfc1035.txt | grep -A 2 "^labels  "',
};
