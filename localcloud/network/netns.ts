import { readdirSync } from 'node:fs';
import { plan } from '../address-plan';
import { run } from '../commands';

const path = (netns: string) => `/run/netns/${netns}`;

/** Puts a program into the cloud's network and nothing else of it (`ip netns exec` would also hide /sys/fs/cgroup). */
export const inNetns = (netns: string, command: string[]): [string, ...string[]] => [
  'nsenter',
  `--net=${path(netns)}`,
  ...command,
];

/** Name of the network namespace around one host: it holds the host's eth0 while the host itself is off or reboots. */
export const hostNetns = (id: number) => `${plan.netns}-${id}`;

/** The netns side of a host's wire. */
export const hostLink = (id: number) => `host${id}`;

/** All network namespaces of the cloud, those of a killed run included. */
export function cloudNetnses(): string[] {
  try {
    return readdirSync('/run/netns').filter((name) => name === plan.netns || name.startsWith(`${plan.netns}-`));
  } catch {
    return [];
  }
}

const ip = (lines: string[], netns?: string) =>
  run('ip', [...(netns ? ['-n', netns] : []), '-batch', '-'], { input: `${lines.join('\n')}\n` });

/** Makes the cloud's network: a router of its own, one wire to this machine, and a route. No setting of this machine changes. */
export async function createNetwork(): Promise<void> {
  const { netns, link, services, uplink, linkPrefix, hosts, reserved } = plan;
  await run('ip', ['netns', 'add', netns]);
  await ip([
    `link add ${link.root} type veth peer name ${link.cloud} netns ${netns}`,
    `addr add ${services}/${linkPrefix} dev ${link.root}`,
    `link set ${link.root} up`,
  ]);
  // proxy_arp makes hosts of one subnet reach each other, and reserved addresses, through the router, where the firewall is.
  const settings = {
    ip_forward: 1,
    'conf/all/send_redirects': 0,
    'conf/default/send_redirects': 0,
    'conf/default/proxy_arp': 1,
    'conf/all/rp_filter': 0,
    'conf/default/rp_filter': 0,
  };
  const script = Object.entries(settings)
    .map(([name, value]) => `echo ${value} >/proc/sys/net/ipv4/${name}`)
    .join(' && ');
  const [enter, ...rest] = inNetns(netns, ['sh', '-c', script]);
  await run(enter, rest);
  await ip(
    [
      'link set lo up',
      `addr add ${uplink}/${linkPrefix} dev ${link.cloud}`,
      `link set ${link.cloud} up`,
      // Makes the router answer for reserved addresses; packets that no assignment redirects are dropped by the firewall.
      `route add ${reserved} dev ${link.cloud}`,
      // Addresses without a host stay silent, as on the internet.
      `route add blackhole ${hosts}`,
    ],
    netns,
  );
  await run('ip', ['route', 'add', hosts, 'via', uplink]);
  await connectAcme();
}

/** Gives the certificate authority its network and this machine the address of its API. */
async function connectAcme(): Promise<void> {
  const { netns, link, gateway, acme } = plan;
  await ip([`addr add ${acme.api}/32 dev ${link.root}`]);
  await ip([`route add ${acme.api}/32 dev ${link.cloud}`], netns);
  await connect(acme.netns, acme.link, acme.address);
  await ip(
    [
      'link set lo up',
      `addr add ${acme.address}/32 dev eth0`,
      'link set eth0 up',
      `route add ${gateway}/32 dev eth0`,
      `route add default via ${gateway}`,
    ],
    acme.netns,
  );
}

/** Lays the wire of one host, from the router to the eth0 that the host will take over. */
export const connectHost = (id: number, address: string): Promise<void> =>
  connect(hostNetns(id), hostLink(id), address);

async function connect(outer: string, link: string, address: string): Promise<void> {
  await run('ip', ['netns', 'add', outer]);
  await ip(
    [
      `link add ${link} type veth peer name eth0 netns ${outer}`,
      `addr add ${plan.gateway}/32 dev ${link}`,
      `link set ${link} up`,
      `route add ${address}/32 dev ${link}`,
    ],
    plan.netns,
  );
  // Without it the router waits up to 0.8 s before it answers for another host.
  const [enter, ...rest] = inNetns(plan.netns, ['sh', '-c', `echo 0 >/proc/sys/net/ipv4/neigh/${link}/proxy_delay`]);
  await run(enter, rest);
}

/** Takes the wire away again; the host is dead by then. */
export async function disconnectHost(id: number): Promise<void> {
  if (!cloudNetnses().includes(hostNetns(id))) return;
  await run('ip', ['netns', 'delete', hostNetns(id)]);
  // The kernel frees a namespace a little later; the wire must be gone before one of the same name is laid.
  await run('ip', ['-n', plan.netns, 'link', 'delete', hostLink(id)]).catch(() => undefined);
}

/** Removes all of it, whatever there is. */
export async function removeNetwork(): Promise<void> {
  for (const netns of cloudNetnses()) await run('ip', ['netns', 'delete', netns]);
  await run('ip', ['link', 'delete', plan.link.root]).catch(() => undefined);
}
