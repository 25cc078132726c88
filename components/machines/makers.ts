/** Who makes the machine of a host: the half of a kind that loads its provider's SDK. */
import type * as pulumi from '@pulumi/pulumi';
import type { Host } from '../../stacks';
import type { Configuration } from '../configuration';
import type { MachineMaker } from './driver';
import { DropletMaker } from './digitalocean/maker';

/** Makes what the machines of a stack share, and tells who makes those of a host. */
export function makersOf(
  configuration: Configuration,
  opts: pulumi.CustomResourceOptions,
): (host: Host) => MachineMaker {
  const droplets = new DropletMaker(configuration, opts);
  return () => droplets;
}
