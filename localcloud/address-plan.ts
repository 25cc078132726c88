/**
 * Addresses of the embedded cloud. All of them are from 198.18.0.0/15, which is reserved for tests between networks (RFC 2544):
 * documentation ranges are no choice, because closed build machines tend to keep their own gateways there.
 */
export const plan = {
  netns: 'fleetcloud',
  /** Ends of the wire between this machine and the cloud. */
  link: { root: 'fleetcloud0', cloud: 'uplink' },
  /** This machine, as hosts see it: name server, store, package cache and the outside that the cloud plays listen here. */
  services: '198.18.255.2',
  uplink: '198.18.255.1',
  linkPrefix: 30,
  /** Everything below is inside it. */
  range: '198.18.0.0/15',
  hosts: '198.18.0.0/24',
  hostPrefix: 24,
  gateway: '198.18.0.1',
  reserved: '198.18.0.128/25',
  /** The public certificate authority: a network of its own, from which it validates, and this machine, where its API answers. */
  acme: { netns: 'fleetcloud-acme', link: 'acme', address: '198.18.0.5', api: '198.18.255.6' },
} as const;

export const ports = {
  dns: 53,
  packages: 80,
  store: 7070,
  mirror: 8090,
  api: 7480,
  https: 443,
  pebble: 14000,
  pebbleManagement: 15000,
} as const;

export const urls = {
  api: `http://127.0.0.1:${ports.api}`,
  store: `http://${plan.services}:${ports.store}`,
  mirror: `http://${plan.services}:${ports.mirror}`,
} as const;
