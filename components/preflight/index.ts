/**
 * What must hold before a machine is made, and before it takes over as the primary of its host. Whatever is wrong is reported at once, before
 * anything is touched. Runs in hooks: exactly when a machine is made or takes over, and never in a preview.
 */
import * as pulumi from '@pulumi/pulumi';
import { publicName, type ServicePlan } from '../../services';
import type { Host } from '../../stacks';
import { hostKeyOf, secretOf, type Configuration } from '../configuration';
import { tagOf } from '../machines/tag';
import { accountOf } from '../inputs';
import type { Machine } from '../machines/driver';
import { driverOf } from '../machines';
import { slotsOf } from '../machines/slots';
import { cloudflareApi, recordsRead } from '../network/cloudflare';
import { configured } from '../network/configured';
import { storeClient } from '../store/client';
import { bucketOf } from '../../stacks/model/names';
import { revokeWriter } from '../store/admin';
import { beatAge } from '../store/heartbeats';
import { incarnationsOf, type Incarnation } from '../store/restore-points';
import { settled } from '../settled';
import { accepts } from '../ssh';
import { wake } from './fence';
import { checkHostKey } from './host-key';
import { leadElsewhere } from './names';
import { absence, formerOf, isAsked } from './presence';
import { checkRestorePoints, unreachable } from './restore-point';
import { ordered, problemsOf, Problems, refusing } from './problems';
import { takeOver, type TakeoverArgs } from './takeover';

export interface PreflightArgs {
  configuration: Configuration;
  host: Host;
  plans: ServicePlan[];
  entrance: pulumi.Output<string>;
  /** How often a successor was asked for: the host's `rebuild` value. */
  generation: number;
  /** Name of the machine that waits, if one does. */
  standby?: string;
  /** Throws when another update has taken the stack over. */
  checkLease: () => Promise<void>;
}

type Ready = Omit<TakeoverArgs, 'own'>;

export class Preflight {
  private ready?: Promise<Ready>;

  constructor(private readonly args: PreflightArgs) {}

  /** The hook for a machine that is about to be made. */
  beforeMachine(): pulumi.ResourceHook {
    const { host } = this.args;
    return new pulumi.ResourceHook(`preflight-${host.name}`, () =>
      refusing(
        `No ${driverOf(host).words.noun} was created for ${host.name}; no host, no data and no name was touched:`,
        async () => void (await this.checked()),
      ),
    );
  }

  /** The hook for what first reaches a machine: it has booted by then, and one that was stopped for its successor, which it is to replace after all, is switched on. */
  beforeFirstConnection(machine: Machine): pulumi.ResourceHook {
    return new pulumi.ResourceHook(`wake-${this.args.host.name}`, async () =>
      wake(
        this.args.host.name,
        await settled(machine.incarnation),
        await settled(machine.address),
        driverOf(this.args.host).account(configured),
      ),
    );
  }

  /** The hook for the moment at which a machine takes over. */
  beforeTakeover(machine: Machine): pulumi.ResourceHook {
    const { configuration, host, generation } = this.args;
    return new pulumi.ResourceHook(`takeover-${host.name}`, () =>
      refusing(`${host.name} was not taken over by its new machine:`, async () => {
        const [incarnation, address] = await Promise.all([settled(machine.incarnation), settled(machine.address)]);
        await takeOver({
          ...(await this.checked(incarnation)),
          own: { stack: configuration.declaration.stack, host: host.name, incarnation, address, generation },
        });
      }),
    );
  }

  /** Everything that must hold, asked once in the life of the program. `own` is the machine that is there already. */
  private checked(own?: string): Promise<Ready> {
    return (this.ready ??= this.check(own));
  }

  private async check(own?: string): Promise<Ready> {
    const { configuration, host, plans, generation, standby } = this.args;
    const { declaration, settings } = configuration;
    const secret = (key: string) => settled(secretOf(configuration, key));
    const [accessKey, secretKey, identity, resticPassword, privateKey, hostPrivateKey, entrance] = await Promise.all([
      secret('storeAccessKey'),
      secret('storeSecretKey'),
      secret('backupIdentity'),
      secret('resticPassword'),
      secret('deployPrivateKey'),
      secret(`hostKey-${host.name}`),
      settled(this.args.entrance),
    ]);
    const client = storeClient({ ...settings.store, accessKey, secretKey });
    const bucket = bucketOf(settings.store.bucketPrefix, declaration, host.name);
    const hostKey = hostKeyOf(configuration, host.name);
    const account = driverOf(host).account(configured);
    const cloudflare = cloudflareApi(configured);
    const tags = slotsOf(host.name)
      .filter((slot) => slot !== standby)
      .map((slot) => tagOf(declaration, slot));
    const look = {
      account,
      entrance,
      serves: () => accepts(entrance, 443),
      tags,
      key: { privateKey, hostKey },
      beatAge: (incarnation: string) => beatAge(client, bucket, incarnation),
    };
    let incarnations: Incarnation[] = [];

    // The APIs need not wait for the store. One that does not answer is asked, and told, once.
    const stored = problemsOf(async () => {
      const away = await unreachable(client, bucket);
      if (away.length) return away;
      incarnations = await incarnationsOf(client, bucket);
      const former = formerOf(incarnations);
      const alive = await absence({ ...look, former }, host.name, generation, own);
      // It may still run where nobody sees it, and must not write to what is chosen from now on.
      const isGone = !alive.length && former.length && former[0]?.incarnation !== own && !isAsked(former, generation);
      if (isGone) {
        await this.args.checkLease();
        await revokeWriter(client, bucket);
      }
      const points = await checkRestorePoints(
        {
          client,
          bucket,
          identity,
          recipient: settings.backupRecipient,
          resticPassword,
          host,
          keep: declaration.backup.keep,
          plans,
          bootstrap: settings.bootstrap,
          restoreAt: settings.restoreAt,
        },
        incarnations,
      );
      return [...alive, ...points];
    });
    const names = settings.bootstrap ? host.publicNames.map((label) => publicName(label, settings.zone.name)) : [];
    const problems = (
      await Promise.all([
        problemsOf(async () => [
          ...(await cloudflare.call('GET', recordsRead(settings.zone.id).path).then(() => [])),
          ...(await leadElsewhere(cloudflare, settings.zone.id, names, [entrance])),
        ]),
        problemsOf(async () => checkHostKey(host.name, hostPrivateKey, hostKey)),
        stored,
        // One that is there already needs no order.
        own === undefined ? problemsOf(async () => ordered(account, host)) : Promise.resolve([]),
      ])
    ).flat();
    // Last, because it is the only question that is not a plain look.
    if (problems.length === 0) problems.push(...(await problemsOf(() => account.missingScopes(entrance))));
    if (problems.length) throw new Problems(problems);
    if (isAsked(formerOf(incarnations), generation))
      await pulumi.log.info(
        `preflight: fleet:rebuild.${host.name} is ${generation}: its machine serves until the next one takes over`,
      );
    const storeAccount = (incarnation: string) => accountOf(settings, declaration, host.name, incarnation, secretKey);
    return {
      look: { ...look, former: formerOf(incarnations) },
      incarnations,
      client,
      bucket,
      accountOf: storeAccount,
      hasStandby: standby !== undefined,
      checkLease: this.args.checkLease,
    };
  }
}
