/**
 * What must hold before a machine of a site is made, and what happens before it takes over. There is no store that remembers which machine was the
 * site: the account's own list says it, by the tags of the host's two places.
 */
import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../../stacks';
import { otherSite } from '../../stacks/model/sites';
import { hostKeyOf, secretOf, type Configuration } from '../configuration';
import { driverOf } from '../machines';
import type { ListedMachine, Machine } from '../machines/driver';
import { machinesOf, slotsOf } from '../machines/slots';
import { tagOf } from '../machines/tag';
import { configured } from '../network/configured';
import { settled } from '../settled';
import type { Key } from '../ssh';
import { runOn } from './answers';
import { wake } from './fence';
import { checkHostKey } from './host-key';
import { ordered, problemsOf, Problems, refusing } from './problems';

const STOP_MS = 60_000;
/** The last pull of the second site: what was written since the one before. */
const PULL_MS = 30 * 60_000;
const STOP = 'systemctl disable --now fleet-store.service';
const RESUME = 'systemctl enable --now fleet-store.service';
const FOLLOW = 'systemctl start fleet-store-pull.service';

export interface SiteArgs {
  configuration: Configuration;
  host: Host;
  entrance: pulumi.Output<string>;
  /** Where the other site is reached. */
  other: pulumi.Output<string>;
}

export class SitePreflight {
  constructor(private readonly args: SiteArgs) {}

  /** The hook for a machine that is about to be made. */
  beforeMachine(): pulumi.ResourceHook {
    const { host } = this.args;
    return new pulumi.ResourceHook(`preflight-${host.name}`, () =>
      refusing(`No ${driverOf(host).words.noun} was created for ${host.name}; no site and no name was touched:`, () =>
        this.check(),
      ),
    );
  }

  /** The hook for what first reaches a machine. */
  beforeFirstConnection(machine: Machine): pulumi.ResourceHook {
    const { host } = this.args;
    return new pulumi.ResourceHook(`wake-${host.name}`, async () =>
      wake(
        host.name,
        await settled(machine.incarnation),
        await settled(machine.address),
        driverOf(host).account(configured),
      ),
    );
  }

  /** The hook for the moment at which a machine begins to be the first site. */
  beforeTakeover(machine: Machine): pulumi.ResourceHook {
    const { host } = this.args;
    return new pulumi.ResourceHook(`takeover-${host.name}`, () =>
      refusing(`${host.name} was not taken over by its new machine:`, async () =>
        this.takeOver(await settled(machine.incarnation)),
      ),
    );
  }

  private async check(): Promise<void> {
    const { configuration, host } = this.args;
    const account = driverOf(host).account(configured);
    const [hostPrivateKey, entrance] = await Promise.all([
      settled(secretOf(configuration, `hostKey-${host.name}`)),
      settled(this.args.entrance),
    ]);
    const problems = (
      await Promise.all([
        problemsOf(async () => checkHostKey(host.name, hostPrivateKey, hostKeyOf(configuration, host.name))),
        problemsOf(() => ordered(account, host)),
        problemsOf(() => this.unknown()),
      ])
    ).flat();
    if (problems.length === 0) problems.push(...(await problemsOf(() => account.missingScopes(entrance))));
    if (problems.length) throw new Problems(problems);
  }

  /** A machine in the very place that one is about to be made for: the state is not the newest. */
  private async unknown(): Promise<string[]> {
    const { configuration, host } = this.args;
    const account = driverOf(host).account(configured);
    const { primary, generation } = machinesOf(host.name, configuration.settings);
    const found = await account.tagged(tagOf(configuration.declaration, primary.name));
    return found.map(
      ({ id, address, status }) =>
        `${account.words.noun} ${id} (${address}, ${status}) is there as ${host.name}, and the state does not know it: bring back the newest state. To replace it on purpose, with what it keeps, raise fleet:rebuild.${host.name} to ${generation + 1}`,
    );
  }

  private async takeOver(own: string): Promise<void> {
    const { configuration, host } = this.args;
    const { declaration } = configuration;
    const account = driverOf(host).account(configured);
    const privateKey = await settled(secretOf(configuration, 'deployPrivateKey'));
    const keyOf = (name: string): Key => ({ privateKey, hostKey: hostKeyOf(configuration, name) });
    const tagged = await Promise.all(slotsOf(host.name).map((slot) => account.tagged(tagOf(declaration, slot))));
    const former = tagged.flat().filter(({ id, status }) => id !== own && status === 'active');
    for (const machine of former) await this.stop(machine, keyOf(host.name));
    const second = otherSite(declaration, host);
    const reached = await settled(this.args.other);
    if (former.length) {
      const { code } = await runOn(reached, keyOf(second.name), FOLLOW, PULL_MS);
      if (code !== 0) {
        for (const machine of former) await runOn(machine.address, keyOf(host.name), RESUME, STOP_MS);
        throw new Error(
          `${second.name} did not follow the machine that served until now, which serves again; see journalctl -u fleet-store-pull on ${second.name}`,
        );
      }
    }
    await pulumi.log.info(
      former.length
        ? `takeover: the machine of ${host.name} until now stopped, and ${second.name} has all that it took`
        : `takeover: no machine of ${host.name} is there any more; what ${second.name} pulled last is taken`,
    );
  }

  /** What does not answer is switched off: it could take writes that nobody has. */
  private async stop({ id, address }: ListedMachine, key: Key): Promise<void> {
    const { code } = await runOn(address, key, STOP, STOP_MS);
    if (code === 0) return;
    await driverOf(this.args.host).account(configured).power?.(id, 'off');
    throw new Error(
      `the machine of ${this.args.host.name} until now (${id}, ${address}) does not answer and was switched off. What it took since the last pull is on its disk; to go on without that, delete it: ${driverOf(this.args.host).words.remove(id)}`,
    );
  }
}
