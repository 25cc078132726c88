/**
 * The shape of a fleet in small: components, an autonamed droplet behind a hook and a replacement trigger, steps on it that
 * depend on one another and run again with the machine, a protected address, the cutover. Two hosts, so that it shows when
 * an engine touches the one that is well.
 */
import * as cloudflare from '@pulumi/cloudflare';
import * as command from '@pulumi/command';
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';

interface Shell {
  port: number;
  hostKey: string;
}

const config = new pulumi.Config();
const shell = config.requireObject<Shell>('shell');
const privateKey = config.requireSecret('privateKey');
const rebuild = config.requireObject<Record<string, number>>('rebuild');
const content = config.require('content');
const services = config.requireObject<string[]>('services');
const protectedHosts = config.requireObject<string[]>('protected');

class Host extends pulumi.ComponentResource {
  constructor(name: string, sshKey: digitalocean.SshKey, opts: pulumi.ComponentResourceOptions) {
    super('parity:index:Host', name, {}, opts);
    const parent = { parent: this };
    const address = new digitalocean.ReservedIp(
      name,
      { region: 'nyc1' },
      { ...parent, protect: protectedHosts.includes(name) },
    );
    const tag = new digitalocean.Tag(name, { name: `parity-${name}` }, parent);
    const anywhere = ['0.0.0.0/0', '::/0'];
    const firewall = new digitalocean.Firewall(
      name,
      {
        tags: [tag.name],
        inboundRules: [{ protocol: 'tcp', portRange: '22', sourceAddresses: anywhere }],
        outboundRules: [{ protocol: 'tcp', portRange: '1-65535', destinationAddresses: anywhere }],
      },
      parent,
    );
    const droplet = new digitalocean.Droplet(
      name,
      {
        region: 'nyc1',
        size: 's-1vcpu-1gb',
        image: 'debian-12-x64',
        sshKeys: [sshKey.fingerprint],
        tags: [tag.name],
        userData: pulumi.secret('#cloud-config\n'),
      },
      {
        ...parent,
        dependsOn: [firewall, address],
        hooks: { beforeCreate: [new pulumi.ResourceHook(`preflight-${name}`, async () => undefined)] },
        replacementTrigger: rebuild[name] ?? 0,
        customTimeouts: { create: '10m', delete: '5m' },
      },
    );
    // It hangs on the droplet, as in a fleet, although every address leads to the one test server.
    const connection = {
      host: droplet.ipv4Address.apply(() => '127.0.0.1'),
      port: shell.port,
      user: 'root',
      privateKey,
      hostKey: shell.hostKey,
    };
    // Its input is read to the end, because some clients fail when a command ends before that.
    const step = (
      label: string,
      text: pulumi.Input<string>,
      dependsOn: pulumi.Resource[],
      ignoreChanges: string[] = [],
    ) =>
      new command.remote.Command(
        `${name}-${label}`,
        {
          connection,
          create: `cat >/dev/null # ${label}`,
          stdin: text,
          triggers: [droplet.id, text],
          addPreviousOutputInEnv: false,
        },
        { ...parent, dependsOn, ignoreChanges },
      );

    const account = new command.local.Command(
      name,
      {
        create: 'true account',
        stdin: pulumi.secret(droplet.id),
        triggers: [droplet.id],
        addPreviousOutputInEnv: false,
      },
      parent,
    );
    const scripts = new command.remote.CopyToRemote(
      `${name}-scripts`,
      { connection, source: new pulumi.asset.StringAsset('one'), remotePath: '/dev/null', triggers: [droplet.id] },
      parent,
    );
    const provision = step('provision', 'base', [scripts]);
    const verified = services.map((service) => {
      const install = step(`${service}-install`, pulumi.secret(`${service} ${content}`), [provision]);
      const restore = step(`${service}-restore`, service, [install, account], ['create']);
      return step(`${service}-verify`, service, [restore]);
    });
    const assignment = new digitalocean.ReservedIpAssignment(
      name,
      { ipAddress: address.ipAddress, dropletId: droplet.id.apply(Number) },
      { ...parent, dependsOn: verified },
    );
    const record = new cloudflare.DnsRecord(
      name,
      { zoneId: 'z1', name: `${name}.drill.test`, type: 'A', content: address.ipAddress, ttl: 300, proxied: false },
      { ...parent, dependsOn: verified },
    );
    step('protect', 'timers', [assignment, record]);
    this.registerOutputs({});
  }
}

const sshKey = new digitalocean.SshKey('deploy', { name: 'parity', publicKey: config.require('publicKey') });
for (const name of config.requireObject<string[]>('hosts')) new Host(name, sshKey, {});
