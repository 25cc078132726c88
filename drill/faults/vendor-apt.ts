/** The provider's own first boot works with apt for a minute, on the very machine that is being rebuilt. */
import { control } from '../control';
import { rebuild } from '../phases/rebuild';
import type { Fault } from './fault';
import { loseAndRecover } from './steps';

const SECONDS = 60;

export const vendorApt: Fault = {
  kind: 'vendor-apt',
  title: `the provider’s first boot holds apt’s locks on the new host for ${SECONDS} s`,
  ends: 'recovers',
  run: (drill) =>
    loseAndRecover(drill, {
      rebuilding: async (one) => {
        await control(one, 'first-boot', { vendorAptSeconds: SECONDS });
        const since = Date.now();
        await rebuild(one);
        const seconds = Math.round((Date.now() - since) / 1000);
        one.record.check(
          'the rebuild met the locks',
          seconds > SECONDS,
          `it took ${seconds} s, which ${SECONDS} s of apt’s are in`,
        );
      },
    }),
};
