/**
 * What a preview and an update tell beyond their inputs: whether each host's machine, address, names and firewalls are as they are meant. A preview
 * warns; an update that leaves a difference fails. Without tokens nothing is asked, and that is said.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as pulumi from '@pulumi/pulumi';
import { publicName } from '../../services';
import { hostKeyOf, secretOf, type Configuration } from '../configuration';
import { tagOf } from '../machines/tag';
import type { Host } from '../host';
import type { Site } from '../site';
import { machinesOf, slotsOf } from '../machines/slots';
import { whoAnswers, type Answer } from '../preflight/answers';
import type { Key } from '../ssh';
import { driverOf, rented } from '../machines';
import { cloudflareApi, recordsOf } from '../network/cloudflare';
import { configured } from '../network/configured';
import { differences, type Meant, type Seen } from './compare';
import { writer } from './writer';
import type { Host as DeclaredHost } from '../../stacks';
import { required } from '../../stacks/model/required';
import { isStore } from '../../stacks/model/sites';

/** What only one of two looks shows may be a wrong answer. */
const AGAIN_MS = 1000;

/** Looks at the hosts once all that is done about them is done. */
export function checkReality(configuration: Configuration, hosts: Record<string, Host | Site>): void {
  const done = pulumi.runtime.isDryRun() ? [] : Object.values(hosts).flatMap((host) => host.done.map(({ urn }) => urn));
  pulumi.all(done).apply(() => look(configuration, hosts));
}

async function look(configuration: Configuration, hosts: Record<string, Host | Site>): Promise<void> {
  const apis = [rented.account(configured).api, cloudflareApi(configured)];
  if (!apis.every(({ hasToken }) => hasToken))
    return void (await pulumi.log.info(
      `What is so at the providers was not looked at: there are no tokens in the environment (${apis.map(({ variable }) => variable).join(', ')}).`,
    ));
  const meant = await Promise.all(
    configuration.declaration.hosts.map((host) =>
      meantOf(configuration, host, required(hosts[host.name], `host ${host.name}`)),
    ),
  );
  const told = await toldOf(configuration, meant).catch((error: Error) => [
    `what is so at the providers could not be looked at: ${error.message}`,
  ]);
  if (!told.length) return;
  if (!pulumi.runtime.isDryRun())
    throw new pulumi.RunError(
      ['The update is done, and this is not as it is declared:', ...told.map((one) => `  - ${one}`)].join('\n'),
    );
  for (const one of told) await pulumi.log.warn(one);
}

/** Differences that two looks agree on. */
async function toldOf(configuration: Configuration, meant: Meant[]): Promise<string[]> {
  const look = async () => {
    const seen = await seenOf(configuration, meant);
    return meant.flatMap((one) => differences(one, seen));
  };
  const first = await look();
  if (!first.length) return [];
  await sleep(AGAIN_MS);
  return (await look()).filter((one) => first.includes(one));
}

async function meantOf(
  { declaration, settings }: Configuration,
  host: DeclaredHost,
  made: Host | Site,
): Promise<Meant> {
  const { name } = host;
  const { primary, generation } = machinesOf(name, settings);
  const [machine, entrance, firewall] = await Promise.all([made.incarnation, made.entrance, made.firewall].map(known));
  return {
    host: name,
    driver: driverOf(host),
    stack: declaration.stack,
    size: host.size,
    ...(entrance ? { entrance } : {}),
    names: host.publicNames.map((label) => publicName(label, settings.zone.name)),
    ...(machine ? { machine } : {}),
    ...(firewall ? { firewall } : {}),
    generation,
    tag: tagOf(declaration, primary.name),
    otherTag: tagOf(
      declaration,
      required(
        slotsOf(name).find((slot) => slot !== primary.name),
        `the other place of ${name}`,
      ),
    ),
  };
}

async function seenOf(configuration: Configuration, meant: Meant[]): Promise<Seen> {
  const { settings } = configuration;
  const zone = cloudflareApi(configured);
  const names = meant.flatMap((one) => one.names);
  const writers = mayWrite(configuration, meant);
  const account = rented.account(configured);
  const [machines, firewalls, addresses, ...records] = await Promise.all([
    account.machines(),
    account.firewalls(),
    account.entrances(),
    ...names.map((name) => recordsOf(zone, settings.zone.id, { name })),
  ]);
  const privateKey = (await known(secretOf(configuration, 'deployPrivateKey'))) ?? '';
  const active = meant.flatMap(({ host, machine }) =>
    machines
      .filter(({ id, status }) => id === machine && status === 'active')
      .map(({ id, address }) => ({ id, address, key: { privateKey, hostKey: hostKeyOf(configuration, host) } })),
  );
  const answers = await Promise.all(
    active.map(async ({ id, address, key }) => [id, await answerOf(address, key)] as const),
  );
  return {
    machines,
    firewalls,
    addresses,
    records: records.flat(),
    answers: Object.fromEntries(answers),
    mayWrite: await writers,
  };
}

/** Of each host whose machine is there. In an update one that lost its right gets it back. A store that does not answer is told, and hides nothing else. */
async function mayWrite(configuration: Configuration, meant: Meant[]): Promise<Record<string, boolean>> {
  // Its machines write to no store.
  if (isStore(configuration.declaration)) return {};
  const [accessKey = '', secretKey = ''] = await Promise.all([
    known(secretOf(configuration, 'storeAccessKey')),
    known(secretOf(configuration, 'storeSecretKey')),
  ]);
  const asked = meant.map(async ({ host, machine }) => {
    if (machine === undefined) return [];
    const { mayWrite, giveBack } = writer(configuration, { accessKey, secretKey }, host, machine);
    return [[host, (await mayWrite()) || (!pulumi.runtime.isDryRun() && (await giveBack()))] as const];
  });
  try {
    return Object.fromEntries((await Promise.all(asked)).flat());
  } catch (error) {
    await pulumi.log.warn(`Whether the hosts may write to the store was not looked at: ${(error as Error).message}`);
    return {};
  }
}

const TRIES = 3;

/** Asked more than once where nothing answers: a host may be busy. */
async function answerOf(address: string, key: Key): Promise<Answer> {
  for (let left = TRIES; ; left--) {
    const answer = await whoAnswers(address, key);
    if (answer.isReached || answer.isClosed || left <= 1) return answer;
  }
}

/** The value of an output; undefined where it is not known yet. */
async function known(output: pulumi.Output<string>): Promise<string | undefined> {
  const { isKnown, promise } = output as unknown as { isKnown: Promise<boolean>; promise: () => Promise<string> };
  return (await isKnown) ? promise.call(output) : undefined;
}
