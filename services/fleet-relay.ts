/** The fleet's own Nostr relay on port 2929 ("Fleet Topology", "Hosts"), run from its repository. */
import { journal, relayPackages } from './relay';
import type { Service } from './service';
import { sourced } from './sourced';

const PORT = 2929;

export const fleetRelay: Service = {
  plan: (context) => {
    const deployed = `${context.fleet}-relay`;
    const { home, unit, dataset, user } = journal(context, deployed, PORT);
    const plan = sourced(context, {
      name: 'fleet-relay',
      deployed,
      kind: 'nostr-relay',
      description: 'Nostr relay of the fleet',
      impact: 'The fleet’s own Nostr relay is on one host: without it nobody reads or publishes there.',
      packages: relayPackages,
      environment: { PORT: String(PORT), DATABASE: `/var/lib/${deployed}/events.db` },
      ports: [{ port: PORT, protocol: 'tcp', scope: 'public', purpose: 'Nostr relay (WebSocket)' }],
      units: [unit],
      needs: { memoryMiB: 256, diskGiB: 5 },
      hooks: ['import', 'verify', 'transaction'],
    });
    return {
      ...plan,
      users: [...plan.users, user],
      directories: [...plan.directories, { path: home, owner: user.name, group: user.name, mode: '0750' }],
      dataset,
      disposable: [`/var/lib/${deployed}`],
      health: { ...plan.health, sourcedUrl: `http://127.0.0.1:${PORT}/` },
    };
  },
};
