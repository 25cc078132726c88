/** An alarm about a certificate means that it was not renewed, never that it is about to be. */
import type { Declaration } from '../schema';
import type { Problem } from '../validate';

/** The shortest that Let's Encrypt will issue without being asked to: 90 days today, 64 from 2027-02-10, 45 from 2028-02-16 (letsencrypt.org/2025/12/02/from-90-to-45). */
const SHORTEST_DAYS = 45;
/** Caddy renews when this share of a certificate's life is left (certmagic 0.25.6, maintain.go, DefaultRenewalWindowRatio). */
const RENEWED_AT = 1 / 3;
/** What fails is tried again for so long before anybody is woken. */
const TRIED_DAYS = 5;

/** Days left at which a certificate should have been renewed long ago. */
export const LATEST_ALARM_DAYS = SHORTEST_DAYS * RENEWED_AT - TRIED_DAYS;

export function certificateRules({ uptime }: Declaration): Problem[] {
  if (!uptime || uptime.certificateDays <= LATEST_ALARM_DAYS) return [];
  return [
    {
      path: 'uptime.certificateDays',
      message: `a certificate of ${SHORTEST_DAYS} days is renewed when ${SHORTEST_DAYS * RENEWED_AT} are left, and a renewal that fails is tried again for days: an alarm at ${uptime.certificateDays} days would be a false one; write at most ${LATEST_ALARM_DAYS}`,
    },
  ];
}
