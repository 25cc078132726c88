/** What moves the public names of a host to its machine. */
import * as cloudflare from '@pulumi/cloudflare';
import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../stacks';
import type { Settings } from '../stacks/model/settings';
import { publicName } from '../services';
import { recordHooks } from './network/existing-record';
import type { Entrance, Machine } from './machines/driver';
import { onlyGiven } from './remote-step';

export interface CutoverArgs {
  machine: Machine;
  host: Host;
  settings: Settings;
  entrance: Entrance;
}

/** "VPS Recovery Runbook", step 8: TTL 300 seconds. */
export const NAME_TTL_SECONDS = 300;

/** Makes the resources of the cutover's steps, by the step's name. */
export function cutoverMakers({ machine, host, settings, entrance }: CutoverArgs) {
  return {
    address: (opts: pulumi.CustomResourceOptions): pulumi.Resource[] => entrance.leadTo(host.name, machine, opts),
    names: (opts: pulumi.CustomResourceOptions): pulumi.Resource[] =>
      host.publicNames.map((label) => {
        const name = publicName(label, settings.zone.name);
        return new cloudflare.DnsRecord(
          `${host.name}-${label}`,
          {
            zoneId: settings.zone.id,
            name,
            type: 'A',
            content: entrance.address,
            ttl: NAME_TTL_SECONDS,
            proxied: false,
          },
          {
            ...opts,
            // One of another type must go before: a zone takes no alias beside an address.
            deleteBeforeReplace: true,
            transformations: [onlyGiven],
            hooks: recordHooks(name, settings.zone.id, {
              content: entrance.address,
              meanwhile: machine.address,
              before: opts.hooks?.beforeCreate,
            }),
          },
        );
      }),
  };
}
