/** The newest backup holds a certificate that ran out; a new one can only be ordered once the names lead to the new host. */
import { phase } from '../context';
import { rebuild } from '../phases/rebuild';
import { expire, servedCertificate } from './certificates';
import type { Fault } from './fault';
import { loseAndRecover } from './steps';

export const certificateExpired: Fault = {
  kind: 'certificate-expired',
  title: 'the certificate in the backup ran out; a new one is ordered after the cutover',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'expiry', 'the certificate in the backup runs out', expire);
    await loseAndRecover(drill, {
      rebuilding: async (one) => {
        await rebuild(one);
        const { from } = await servedCertificate(one, new URL(one.forge.baseUrl).hostname);
        const { at } = one.strike;
        // Certificates tell whole seconds.
        one.record.check(
          'the certificate is a new one, and a client trusts it',
          from >= at - 1000,
          `issued ${((from - at) / 1000).toFixed(0)} s after the fault`,
        );
      },
    });
  },
};
