import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plan } from '../address-plan';
import type { HostSpec } from '../host-driver';
import { vendorData } from './vendor';

/**
 * What cloud-init finds on a fresh host (NoCloud). The instance id is the droplet id, so that a new droplet is set up anew
 * and a reboot is not. Values are JSON, which YAML contains.
 */
export function seedFiles({
  id,
  name,
  address,
  userData,
  publicKeys,
  vendorAptSeconds,
}: HostSpec): Record<string, string> {
  const network = {
    version: 1,
    config: [
      {
        type: 'physical',
        name: 'eth0',
        subnets: [
          {
            type: 'static',
            address: `${address}/${plan.hostPrefix}`,
            gateway: plan.gateway,
            dns_nameservers: [plan.services],
          },
        ],
      },
    ],
  };
  return {
    'meta-data': JSON.stringify({ 'instance-id': String(id), 'local-hostname': name, 'public-keys': publicKeys }),
    'user-data': userData,
    'vendor-data': vendorData(vendorAptSeconds),
    'network-config': JSON.stringify(network),
  };
}

const SEED = 'var/lib/cloud/seed/nocloud';

/** Writes the seed into the layer of a host before its first boot. It may hold private host keys: for root only. */
export function writeSeed(layer: string, files: Record<string, string>): void {
  const seed = join(layer, SEED);
  mkdirSync(seed, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(seed, name), content, { mode: 0o600 });
}

/** The seed that the system in a folder was made with. */
export function readSeed(root: string): Record<string, string> {
  const seed = join(root, SEED);
  return Object.fromEntries(readdirSync(seed).map((name) => [name, readFileSync(join(seed, name), 'utf8')]));
}
