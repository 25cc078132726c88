/**
 * Resources that exist although the state does not know them: hidden from one refresh, made by an older state, or by hand. They are never made
 * twice, and never in the way for ever: what the program would make in the same form takes their place.
 */
import * as pulumi from '@pulumi/pulumi';
import { cloudflareApi, recordsOf } from '../../network/cloudflare';
import { configured } from '../../network/configured';
import { settled } from '../../settled';
import { DigitalOceanAccount } from './account';

type Hooks = pulumi.ResourceHookBinding;

/** An account holds each public key once, whatever its name. The same key under another name, or unknown to the state, gives way. */
export function keyHooks(name: string, publicKey: string): Hooks {
  return {
    beforeCreate: [
      new pulumi.ResourceHook(`existing-key-${name}`, async () => {
        const account = new DigitalOceanAccount(configured);
        for (const { id, name: found } of (await account.keys()).filter((one) => sameKey(one.publicKey, publicKey))) {
          await account.deleteKey(id);
          await pulumi.log.info(
            `the account held the SSH key ${name} already, as ${found} (${id}); it is uploaded anew`,
          );
        }
      }),
    ],
  };
}

/** Firewalls add up, so one that was made before would keep open what the new one closes. Only one of the program's own names and of this tag alone goes. */
export function firewallHooks(machine: string, tag: string): Hooks {
  return {
    afterCreate: [
      new pulumi.ResourceHook(`existing-firewall-${machine}`, async ({ newOutputs }) => {
        const account = new DigitalOceanAccount(configured);
        const own = (newOutputs as { name?: string } | undefined)?.name;
        const older = (await account.firewalls()).filter(
          ({ name, tags, machines }) =>
            name !== own && ownName(name, machine) && tags.join() === tag && machines.length === 0,
        );
        for (const { id, name } of older) {
          await account.deleteFirewall(id);
          await pulumi.log.info(
            `the firewall ${name} (${id}), an older one of ${machine}, was removed: what it opened would have stayed open`,
          );
        }
      }),
    ],
  };
}

/** What leads to a host beside its state: an address that any of it names is the host's. */
export interface AddressOf {
  host: string;
  zoneId: string;
  /** Full public names. */
  names: string[];
  /** Tags of the machines that the host may have. */
  tags: string[];
  /** URN of the component that the address belongs to. */
  parent: pulumi.Output<string>;
}

/** An address has neither name nor tag. One that leads to the host is the one that its clients know: a second one would strand them, and is refused. */
export function addressHooks({ host, zoneId, names, tags, parent }: AddressOf): Hooks {
  return {
    beforeCreate: [
      new pulumi.ResourceHook(`existing-address-${host}`, async () => {
        const account = new DigitalOceanAccount(configured);
        const [addresses, droplets, records] = await Promise.all([
          account.entrances(),
          account.machines(),
          Promise.all(names.map((name) => recordsOf(cloudflareApi(configured), zoneId, { name }))),
        ]);
        const led = records.flat().map(({ content }) => content);
        const own = droplets.filter((droplet) => droplet.tags.some((tag) => tags.includes(tag))).map(({ id }) => id);
        const found = Object.entries(addresses).find(
          ([address, droplet]) => led.includes(address) || (droplet !== undefined && own.includes(droplet)),
        );
        if (!found) return;
        const [address, droplet] = found;
        const urn = await settled(parent);
        throw new Error(
          `No address was reserved for ${host}: the account holds ${address}, which ${droplet === undefined ? 'its name leads to' : `leads to its droplet ${droplet}`}, and the state does not know it. ` +
            `Bring back the newest state, or take the address into this one: pulumi import digitalocean:index/reservedIp:ReservedIp ${host} ${address} --parent 'host=${urn}'`,
        );
      }),
    ],
  };
}

/** Type and body; the comment is free. */
const sameKey = (one: string, other: string): boolean => one.split(' ', 2).join(' ') === other.split(' ', 2).join(' ');

/** The engine adds seven hexadecimal digits to the name of a resource. */
const ownName = (name: string, resource: string): boolean =>
  name.startsWith(`${resource}-`) && /^[0-9a-f]{7}$/.test(name.slice(resource.length + 1));
