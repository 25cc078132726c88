/** A host that is a DigitalOcean droplet: tag, firewall, machine, reserved IP. */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { tagOf } from '../tag';
import { egress } from '../../network/egress';
import { firewallHooks } from './existing';
import { cloudConfig } from '../../inputs';
import { keyFingerprint } from './key-fingerprint';
import { hostKeyOf, secretOf, type Configuration } from '../../configuration';
import type { Machine, MachineArgs } from '../driver';
import { givenAnd, onlyGiven } from '../../remote-step';

export interface DropletArgs extends MachineArgs {
  configuration: Configuration;
  /** The deploy key as registered with the account. */
  sshKey: digitalocean.SshKey;
}

export class Droplet extends pulumi.ComponentResource implements Machine {
  readonly name: string;
  readonly address: pulumi.Output<string>;
  readonly incarnation: pulumi.Output<string>;
  /** Name of its firewall. */
  readonly firewall: pulumi.Output<string>;
  readonly firstConnection: Machine['connection'];
  readonly connection: Machine['connection'];

  constructor(name: string, args: DropletArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Droplet', name, {}, opts);
    const { declaration, settings } = args.configuration;
    const hostKey = {
      private: secretOf(args.configuration, `hostKey-${args.host.name}`),
      public: hostKeyOf(args.configuration, args.host.name),
    };
    const parent = { parent: this };
    this.name = args.host.name;

    const tag = new digitalocean.Tag(
      name,
      { name: tagOf(declaration, name) },
      { ...parent, transformations: [onlyGiven] },
    );
    const firewall = new digitalocean.Firewall(
      name,
      { tags: [tag.name], ...rules(args) },
      {
        ...parent,
        dependsOn: args.after,
        transformations: [givenAnd('name')],
        hooks: firewallHooks(name, tagOf(declaration, name)),
      },
    );
    const droplet = new digitalocean.Droplet(
      name,
      {
        // Autonamed on purpose: an explicit name would make a replacement delete the old droplet first.
        region: args.host.region,
        size: args.host.size,
        image: args.host.image,
        sshKeys: [keyFingerprint(settings.deployPublicKey)],
        // The provider's agent serves its web console only. It would add keys of others to root's, and use apt at boot and every hour.
        dropletAgent: false,
        tags: [tag.name, ...declaration.tags],
        userData: pulumi.secret(hostKey.private.apply((privateKey) => cloudConfig(privateKey, hostKey.public))),
      },
      {
        ...parent,
        dependsOn: [firewall, args.sshKey, ...(args.entrance ? [args.entrance.resource] : [])],
        hooks: args.preflight && { beforeCreate: [args.preflight] },
        replacementTrigger: args.replacementTrigger,
        // The provider resizes a running machine by switching it off. Another size is that of the host's next machine.
        ignoreChanges: ['size'],
        customTimeouts: { create: '5m', delete: '5m' },
        protect: false,
        transformations: [givenAnd('ipv4Address')],
      },
    );

    this.address = droplet.ipv4Address;
    this.incarnation = droplet.id;
    this.firewall = firewall.name;
    // One output for all steps: put together anew for each of them, it would be most of the program's work.
    const dial = (dialErrorLimit: number) =>
      pulumi.output({
        host: droplet.ipv4Address,
        user: 'root',
        privateKey: secretOf(args.configuration, 'deployPrivateKey'),
        hostKey: hostKey.public,
        dialErrorLimit,
        perDialTimeout: 5,
      });
    // A droplet takes a while to boot; one that answered before and no longer does has died, and a run must not wait for it for ten minutes.
    this.firstConnection = dial(60);
    this.connection = dial(10);
    this.registerOutputs({ address: this.address, incarnation: this.incarnation });
  }
}

/** Inbound: SSH and the public ports of the services. Outbound must be said: without a rule nothing gets out. */
function rules({
  host,
  plans,
  logsInTo = [],
  configuration: { settings },
}: DropletArgs): Pick<digitalocean.FirewallArgs, 'inboundRules' | 'outboundRules'> {
  const anywhere = ['0.0.0.0/0', '::/0'];
  const open = plans.flatMap((plan) => plan.ports).filter((port) => port.scope === 'public');
  return {
    inboundRules: [
      { protocol: 'tcp', portRange: '22', sourceAddresses: settings.sshSources },
      ...open.map((port) => ({ protocol: port.protocol, portRange: String(port.port), sourceAddresses: anywhere })),
      { protocol: 'icmp', sourceAddresses: anywhere },
    ],
    outboundRules: [
      ...egress(host, settings),
      ...(logsInTo.length
        ? [
            {
              protocol: 'tcp',
              portRange: '22',
              destinationAddresses: logsInTo.map((one) => pulumi.interpolate`${one}/32`),
            },
          ]
        : []),
    ],
  };
}
