/** The trigger side of CI ("Fleet Topology", "Hosts"): alpha decides what is built, beta builds. No document states its port. */
import type { Service } from './service';
import { sourced } from './sourced';

export const ciAutomation: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'ci-automation',
      description: 'CI automation, trigger side',
      impact: 'Nothing is built until it is back; pushes are not lost.',
      http: { port: 8647, path: '/health', purpose: 'CI automation' },
      usesToken: true,
      needs: { memoryMiB: 128, diskGiB: 1 },
    }),
};
