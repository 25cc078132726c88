/** The certificate authority takes no more orders while a host is rebuilt whose certificate ran out. */
import { control } from '../control';
import { withoutAuthority } from './certificates';
import type { Fault } from './fault';

export const acmeLimits: Fault = {
  kind: 'acme-limits',
  title: 'the certificate ran out, and the authority refuses orders (429) during the rebuild; then it takes them',
  ends: 'recovers',
  run: (drill) => withoutAuthority(drill, () => control(drill, 'acme/limit', { retryAfter: 3600 })),
};
