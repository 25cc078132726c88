/**
 * Receivers of the forge's webhooks ("Fleet Topology", "Hosts"). No document states a port; this one is the fleet's own choice.
 * Every delivery is signed: without the secret the service does not start, and what is not signed with it is refused.
 */
import type { Service } from './service';
import { sourced } from './sourced';

export const webhooks: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'webhooks',
      kind: 'webhooks',
      description: 'Webhook receivers',
      impact: 'Events of the forge reach nobody until they are delivered again.',
      http: { port: 8646, path: '/health', purpose: 'webhook deliveries behind the reverse proxy' },
      label: 'hooks',
      secretEnvironment: { WEBHOOK_SECRET: 'webhookSecret' },
      needs: { memoryMiB: 128, diskGiB: 1 },
    }),
  secrets: [
    { key: 'webhookSecret', purpose: 'secret that deliveries of the forge are signed with (HMAC)', generate: 'token' },
  ],
};
