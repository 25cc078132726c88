/** A reserved IP: the address that the clients of a host know, whichever droplet is behind it. */
import * as digitalocean from '@pulumi/digitalocean';
import type * as pulumi from '@pulumi/pulumi';
import type { Host } from '../../../stacks';
import { givenAnd } from '../../remote-step';
import type { Entrance } from '../driver';

export function reservedIp(name: string, host: Host, opts: pulumi.CustomResourceOptions): Entrance {
  const resource = new digitalocean.ReservedIp(
    name,
    { region: host.region },
    { ...opts, transformations: [givenAnd('ipAddress')] },
  );
  return {
    address: resource.ipAddress,
    resource,
    leadTo: (assignment, machine, more) => [
      new digitalocean.ReservedIpAssignment(
        assignment,
        { ipAddress: resource.ipAddress, dropletId: machine.incarnation.apply(Number) },
        { ...more, customTimeouts: { create: '5m' } },
      ),
    ],
  };
}
