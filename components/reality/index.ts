/**
 * What a preview and an update tell beyond their inputs: whether each host's machine, address, names and firewalls are as they are meant. A preview
 * warns; an update that leaves a difference fails. Without tokens nothing is asked, and that is said.
 */
import * as pulumi from '@pulumi/pulumi';
import { publicName } from '../../services';
import type { Configuration } from '../configuration';
import type { Host } from '../host';
import { DigitalOceanApi, hasTokens, recordsOf } from '../preflight/apis';
import { differences, type Meant, type Seen } from './compare';

/** Looks at the hosts once all that is done about them is done. */
export function checkReality(configuration: Configuration, hosts: Record<string, Host>): void {
  const done = pulumi.runtime.isDryRun() ? [] : Object.values(hosts).flatMap((host) => host.done.map(({ urn }) => urn));
  pulumi.all(done).apply(() => look(configuration, hosts));
}

async function look(configuration: Configuration, hosts: Record<string, Host>): Promise<void> {
  if (!hasTokens()) return void (await pulumi.log.info('What is so at the providers was not looked at: there are no tokens in the environment (DIGITALOCEAN_TOKEN, CLOUDFLARE_API_TOKEN).'));
  const meant = await Promise.all(configuration.declaration.hosts.map((host) => meantOf(configuration, host.name, hosts[host.name])));
  const told = await seenOf(configuration, meant.flatMap(({ names }) => names)).then(
    (seen) => meant.flatMap((one) => differences(one, seen)),
    (error: Error) => [`what is so at the providers could not be looked at: ${error.message}`],
  );
  if (!told.length) return;
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(['The update is done, and this is not as it is declared:', ...told.map((one) => `  - ${one}`)].join('\n'));
  for (const one of told) await pulumi.log.warn(one);
}

async function meantOf({ declaration, settings }: Configuration, name: string, made: Host): Promise<Meant> {
  const host = declaration.hosts.find((one) => one.name === name)!;
  const [machine, reservedIp, firewall] = await Promise.all([made.incarnation, made.reservedIp, made.firewall].map(known));
  return {
    host: name, stack: declaration.stack, size: host.size, reservedIp: reservedIp ?? '', names: host.publicNames.map((label) => publicName(label, settings.zone.name)),
    ...(machine ? { machine } : {}), ...(firewall ? { firewall } : {}), generation: settings.rebuild[name] ?? 0,
  };
}

async function seenOf({ settings }: Configuration, names: string[]): Promise<Seen> {
  const api = new DigitalOceanApi();
  const [droplets, firewalls, addresses, ...records] = await Promise.all([api.droplets(), api.firewalls(), api.addresses(), ...names.map((name) => recordsOf(settings.zone.id, name))]);
  return { droplets, firewalls, addresses, records: records.flat() };
}

/** The value of an output; undefined where it is not known yet. */
async function known(output: pulumi.Output<string>): Promise<string | undefined> {
  const { isKnown, promise } = output as unknown as { isKnown: Promise<boolean>; promise: () => Promise<string> };
  return (await isKnown) ? promise.call(output) : undefined;
}
