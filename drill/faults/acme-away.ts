/** The certificate authority answers nobody while a host is rebuilt whose certificate ran out. */
import { control } from '../control';
import { withoutAuthority } from './certificates';
import type { Fault } from './fault';

export const acmeAway: Fault = {
  kind: 'acme-away',
  title: 'the certificate ran out, and the authority is away during the rebuild; then it is back',
  ends: 'recovers',
  run: (drill) => withoutAuthority(drill, () => control(drill, 'acme/away', { how: 'refuse' })),
};
