/**
 * What may leave a host. No host logs in on another but the sites of a store, so SSH goes out nowhere else; a testbed reaches the web, names, time and the store, and so
 * nothing of the rest of the fleet but its HTTPS. Enforced outside the host, where a root user of it cannot change it.
 */
import type { Host } from '../../stacks';
import { reachesEverything } from '../../stacks/model/rules/isolation';
import type { Settings } from '../../stacks/model/settings';

export interface OutboundRule {
  protocol: string;
  /** One port or a range; absent for ICMP. */
  portRange?: string;
  destinationAddresses: string[];
}

const anywhere = ['0.0.0.0/0', '::/0'];

/** The outbound rules of a host's cloud firewall. */
export function egress(host: Host, settings: Pick<Settings, 'store' | 'artifactMirror'>): OutboundRule[] {
  const ranges = reachesEverything(host)
    ? { tcp: ['1-21', '23-65535'], udp: ['1-65535'] }
    : {
        tcp: [...new Set(['53', '80', '443', ...[settings.store.endpoint, settings.artifactMirror].flatMap(portOf)])],
        udp: ['53', '123'],
      };
  return [
    ...ranges.tcp.map((portRange) => ({ protocol: 'tcp', portRange, destinationAddresses: anywhere })),
    ...ranges.udp.map((portRange) => ({ protocol: 'udp', portRange, destinationAddresses: anywhere })),
    { protocol: 'icmp', destinationAddresses: anywhere },
  ];
}

function portOf(url: string | undefined): string[] {
  if (!url) return [];
  const { port, protocol } = new URL(url);
  return [port || (protocol === 'https:' ? '443' : '80')];
}
