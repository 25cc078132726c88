/** Both sites of a stack that is a store. Nothing of it needs a store: no lease, no registrations, no backups of its own. */
import * as pulumi from '@pulumi/pulumi';
import { otherSite } from '../stacks/model/sites';
import { required } from '../stacks/model/required';
import type { Configuration } from './configuration';
import { deferred } from './deferred';
import { makersOf } from './machines/makers';
import { Site } from './site';
import { awaitedOf } from './steps';

export class Sites extends pulumi.ComponentResource {
  readonly hosts: Record<string, Site>;

  constructor(name: string, configuration: Configuration, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:store:Sites', name, {}, opts);
    const { declaration } = configuration;
    const makerOf = makersOf(configuration, { parent: this });
    const entrances = new Map(
      declaration.hosts.map((host) => [host.name, makerOf(host).entrance(host.name, host, { parent: this })]),
    );
    const entranceOf = (host: string) => required(entrances.get(host), `the entrance of ${host}`);
    // Each site waits for steps of the other.
    const awaited = new Map(declaration.hosts.flatMap(awaitedOf).map((step) => [step, deferred<pulumi.Resource>()]));
    this.hosts = Object.fromEntries(
      declaration.hosts.map((host) => {
        const made = new Site(
          host.name,
          {
            configuration,
            host,
            maker: makerOf(host),
            entrance: entranceOf(host.name),
            other: entranceOf(otherSite(declaration, host).name),
            elsewhere: (step) => awaited.get(step)?.promise,
          },
          { parent: this },
        );
        for (const step of awaitedOf(host)) awaited.get(step)?.resolve(required(made.of(step)[0], step));
        return [host.name, made];
      }),
    );
    this.registerOutputs({});
  }
}
