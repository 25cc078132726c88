import { isIPv4 } from 'node:net';
import { plan as addresses } from '../address-plan';
import type { NetworkPlan, Rule } from '../host-driver';

const ANY = '0.0.0.0/0';

function ipv4(prefix: string): boolean {
  const [address = '', length, ...rest] = prefix.split('/');
  return (
    rest.length === 0 && isIPv4(address) && (length === undefined || (/^\d{1,2}$/.test(length) && Number(length) <= 32))
  );
}

/** What a rule matches: the far end of the connection, and the ports. Undefined when it names no IPv4 address. */
function matches(rule: Rule): string | undefined {
  const far = rule.addresses.filter(ipv4);
  if (far.length === 0) return undefined;
  // Whoever calls a reserved address calls that: what is behind it is settled at the far end.
  const end = rule.direction === 'inbound' ? 'ip saddr' : 'ct original ip daddr';
  // Intervals in a set must not overlap, and nothing is left to say beside "any".
  const parts = far.includes(ANY) ? [] : [`${end} { ${[...new Set(far)].join(', ')} }`];
  if (rule.protocol === 'icmp') return [...parts, 'ip protocol icmp'].join(' ');
  if (rule.ports === 'all' || rule.ports === '0' || rule.ports === '')
    return [...parts, `meta l4proto ${rule.protocol}`].join(' ');
  if (!/^\d{1,5}(-\d{1,5})?$/.test(rule.ports))
    throw new Error(`The port range ${JSON.stringify(rule.ports)} of a firewall rule is not one.`);
  return [...parts, `${rule.protocol} dport ${rule.ports}`].join(' ');
}

function chain(name: string, rules: Rule[]): string[] {
  const allowed = rules.map(matches).filter((match): match is string => match !== undefined);
  return [`  chain ${name} {`, ...allowed.map((match) => `    ${match} return`), '    drop', '  }'];
}

const verdicts = (entries: [string, string][]) =>
  entries.map(([address, target]) => `${address} : jump ${target}`).join(', ');

/**
 * The whole policy as one nftables script, which replaces the one before it in a single transaction.
 * `hosts` gives the address of each host that exists, `cut` those whose network is severed.
 */
export function ruleset({ firewalls, reservedIps }: NetworkPlan, hosts: Map<number, string>, cut: Set<number>): string {
  const chains: string[] = [];
  const outbound: [string, string][] = [];
  const inbound: [string, string][] = [];
  for (const [id, rules] of Object.entries(firewalls)) {
    const address = hosts.get(Number(id));
    if (!address || !rules) continue;
    outbound.push([address, `out-${id}`]);
    inbound.push([address, `in-${id}`]);
    chains.push(
      ...chain(
        `out-${id}`,
        rules.filter(({ direction }) => direction === 'outbound'),
      ),
    );
    chains.push(
      ...chain(
        `in-${id}`,
        rules.filter(({ direction }) => direction === 'inbound'),
      ),
    );
  }
  const assigned = Object.entries(reservedIps).flatMap(([reserved, id]) => {
    const address = id === null ? undefined : hosts.get(id);
    return address ? [[reserved, address]] : [];
  });
  const severed = [...cut].flatMap((id) => hosts.get(id) ?? []).join(', ');
  return `${[
    // "delete" fails on a table that is not there, and this line makes one.
    'table inet fleetcloud',
    'delete table inet fleetcloud',
    'table inet fleetcloud {',
    ...chains,
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    ...(severed ? [`    ip saddr { ${severed} } drop`, `    ip daddr { ${severed} } drop`] : []),
    `    ip daddr ${addresses.reserved} drop`,
    '    ct state established,related accept',
    ...(outbound.length ? [`    ip saddr vmap { ${verdicts(outbound)} }`] : []),
    ...(inbound.length ? [`    ip daddr vmap { ${verdicts(inbound)} }`] : []),
    '  }',
    '  chain prerouting {',
    '    type nat hook prerouting priority dstnat;',
    ...assigned.map(([reserved, address]) => `    ip daddr ${reserved} dnat ip to ${address}`),
    '  }',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat;',
    // A host that calls its own reserved address would otherwise see a packet from itself.
    ...assigned.map(([, address]) => `    ip saddr ${address} ip daddr ${address} masquerade`),
    '  }',
    '}',
  ].join('\n')}\n`;
}
