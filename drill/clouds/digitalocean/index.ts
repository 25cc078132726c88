/** A real DigitalOcean and Cloudflare account under a drill: a throwaway stack that expires, and is taken down again. */
import { declarationOf } from '../../../scripts/init/init';
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { bucketOf } from '../../../stacks/model/names';
import { NAME_TTL_SECONDS } from '../../../components/cutover';
import { storeClient } from '../../../components/store/client';
import { required } from '../../../stacks/model/required';
import { throwawayStack } from '../../../stacks/model/throwaway';
import type { Engine, EngineEvent } from '../../../scripts/engines/engine';
import type { StackRef } from '../../../scripts/lib/project';
import { messageOf } from '../../../scripts/lib/errors';
import type { Drill } from '../../context';
import type { Check } from '../../../scripts/lib/drill-report';
import { BUCKET_PREFIX, type CloudAccess, type DrillCloud, type HookPlace } from '../cloud';
import { Api } from './api';
import { LIFETIME_HOURS } from './cost';
import { ADDRESS_NOTE, markedOf, takeInventory, type Marked } from './marks';
import type { AccountSettings } from './settings';
import { bucketNames, objectsHolding } from './store';
import { accountOfSweep, sweep, type Account } from './sweep';
import { cloudflareApi, digitalOceanApi } from '../../../stacks/outside/addresses';

/** Account that the embedded cloud answers with. */
const EMBEDDED_ACCOUNT = 'embedded-cloud@drill.test';
/** What the end of a drill is given before its stack expires. */
const END_MS = 15 * 60_000;

/** The APIs and the store that settings lead to. */
export function openAccount(settings: AccountSettings, pauseMs?: number): Account {
  const admin = {
    endpoint: settings.storeEndpoint,
    region: settings.storeRegion,
    accessKey: settings.storeAccessKey,
    secretKey: settings.storeSecretKey,
  };
  return {
    digitalocean: new Api(
      {
        label: 'DigitalOcean',
        official: digitalOceanApi.value,
        base: settings.digitalOceanUrl,
        token: settings.digitalOceanToken,
        variable: 'DIGITALOCEAN_TOKEN',
      },
      pauseMs,
    ),
    cloudflare: new Api(
      {
        label: 'Cloudflare',
        official: cloudflareApi.value,
        base: settings.cloudflareUrl,
        token: settings.cloudflareToken,
        variable: 'CLOUDFLARE_API_TOKEN',
      },
      pauseMs,
    ),
    zone: { id: settings.zoneId, name: settings.zoneName },
    admin,
    store: storeClient(admin),
  };
}

export class DigitalOceanCloud implements DrillCloud {
  readonly name = 'digitalocean';
  readonly faults = ['host-destroyed'];
  readonly does = { start: 'a throwaway stack on the account', end: 'taking down the throwaway stack' };
  readonly stack: string;
  readonly deadline: Date;
  private notes: Promise<unknown> = Promise.resolve();
  private readonly failures: string[] = [];

  private constructor(
    private readonly settings: AccountSettings,
    private readonly account: Account,
    readonly label: string,
    private readonly isEmbedded: boolean,
    readonly standIns: string[],
    private readonly roots: string | undefined,
    now: Date,
  ) {
    const expires = new Date(Math.floor(now.getTime() / 1000) * 1000 + LIFETIME_HOURS * 3_600_000);
    this.stack = throwawayStack(expires, randomBytes(2).toString('hex'));
    this.deadline = new Date(expires.getTime() - END_MS);
  }

  /** A cloud for one drill; asks the account what really serves it. */
  static async open(settings: AccountSettings, account: Account, now = new Date()): Promise<DigitalOceanCloud> {
    const { account: answered } = await account.digitalocean.call<any>('GET', '/v2/account');
    const isEmbedded = answered.email === EMBEDDED_ACCOUNT;
    const where =
      settings.digitalOceanUrl === digitalOceanApi.value
        ? 'DigitalOcean'
        : `DigitalOcean API at ${settings.digitalOceanUrl}`;
    const standIns = isEmbedded
      ? (await import('../../../localcloud/endpoints')).STAND_INS
      : settings.artifactMirror
        ? [`Release downloads: artifact mirror at ${settings.artifactMirror}`]
        : [];
    const roots = isEmbedded ? (await (await import('../../../localcloud/index')).cloudStatus())?.roots : undefined;
    const hook = settings.hookAddress
      ? []
      : ['Webhook: not tried, because no address is named that hosts reach this machine by'];
    return new DigitalOceanCloud(
      settings,
      account,
      isEmbedded ? `${where}, served by the embedded cloud` : where,
      isEmbedded,
      [...standIns, ...hook],
      roots,
      now,
    );
  }

  /** It was opened for this drill. */
  async claim(): Promise<void> {}

  async start(drill: Drill): Promise<CloudAccess> {
    const { settings } = this;
    drill.progress.say(`  throwaway stack ${this.stack}`);
    return {
      digitalocean: settings.digitalOceanUrl,
      cloudflare: settings.cloudflareUrl,
      tokens: { digitalocean: settings.digitalOceanToken, cloudflare: settings.cloudflareToken },
      zone: this.account.zone,
      nameserver: settings.nameserver ?? (await this.nameserver()),
      store: {
        endpoint: settings.storeEndpoint,
        region: settings.storeRegion,
        adminAccessKey: settings.storeAccessKey,
        adminSecretKey: settings.storeSecretKey,
      },
      artifactMirror: settings.artifactMirror,
      playsOutside: this.isEmbedded,
      roots: this.roots,
    };
  }

  /** One of the zone's own name servers, so that a fresh answer is no cached one. */
  private async nameserver(): Promise<string> {
    const { result } = await this.account.cloudflare.call<any>('GET', `/zones/${this.account.zone.id}`);
    const resolver = new Resolver({ timeout: 3000, tries: 2 });
    const [address] = await resolver.resolve4(result.name_servers[0]);
    return required(address, `an address of ${result.name_servers[0]}`);
  }

  /** Deleting through the API is the hardest blow that an account can deal: no shutdown, and the disk is gone. */
  async strike(_fault: string, droplet: number): Promise<void> {
    await this.account.digitalocean.call('DELETE', `/v2/droplets/${droplet}`);
  }

  /** Notes in the zone which address the stack has reserved, as soon as it has. */
  follow(event: EngineEvent): void {
    if (
      event.kind !== 'step-done' ||
      event.op !== 'create' ||
      !event.id ||
      !event.urn.includes('reservedIp:ReservedIp::')
    )
      return;
    const { cloudflare, zone } = this.account;
    const note = {
      type: 'TXT',
      name: `${this.stack}-${ADDRESS_NOTE}.${zone.name}`,
      content: `"${event.id}"`,
      ttl: NAME_TTL_SECONDS,
      comment: 'reserved by a fleet drill',
    };
    this.notes = this.notes
      .then(() => cloudflare.call('POST', `/zones/${zone.id}/dns_records`, note))
      .catch(() => undefined);
  }

  hooks(): HookPlace | undefined {
    const { hookAddress } = this.settings;
    return hookAddress ? { listen: '0.0.0.0', address: hookAddress, label: `${this.stack}-hook` } : undefined;
  }

  async droplets(): Promise<string[]> {
    return (await this.own()).filter(({ kind }) => kind === 'droplet').map(({ name }) => name);
  }

  async left(): Promise<string[]> {
    const visible = (await this.own()).filter(
      ({ kind, name }) => !['bucket', 'tag'].includes(kind) && !name.includes(`-${ADDRESS_NOTE}.`),
    );
    return visible.map(({ kind, name }) => `${kind} ${name}`);
  }

  private async own(): Promise<Marked[]> {
    const { digitalocean, cloudflare, zone } = this.account;
    return markedOf(await takeInventory(digitalocean, cloudflare, zone.id, () => Promise.resolve([]))).filter(
      ({ stack }) => stack === this.stack,
    );
  }

  async inStore(text: string): Promise<string[]> {
    const prefix = bucketOf(BUCKET_PREFIX, declarationOf(this.stack), '');
    const found = await Promise.all(
      (await bucketNames(this.account.store))
        .filter((name) => name.startsWith(prefix))
        .map((name) => objectsHolding(this.account.store, name, text)),
    );
    return found.flat();
  }

  /** The engine takes the stack down where it still stands; what it leaves goes by its marks. */
  async abandon(engine: Engine, stack: StackRef): Promise<void> {
    const signal = AbortSignal.timeout(END_MS);
    const why = await standing(engine, stack)
      .then((stands) => (stands ? engine.destroy(stack, { refresh: true, signal }) : undefined))
      .then((done) => (done && !done.ok ? (done.errors[0] ?? 'without a reason') : undefined), messageOf);
    if (why) this.failures.push(`the engine's destroy failed (${why}), so its marks had to do`);
  }

  /** Everything that carries the stack's mark goes. */
  async end(say: (line: string) => void): Promise<Check> {
    const name = 'nothing left on the account';
    await this.notes;
    try {
      const swept = await sweep(this.account, { now: new Date(), stack: this.stack });
      for (const line of accountOfSweep({ ...swept, waiting: [], unclaimed: [] })) say(`  ${line}`);
      const kept = swept.kept.map(({ bucket, until }) => `bucket ${bucket} until ${until.toISOString()}, by its lock`);
      const detail = swept.problems.length
        ? swept.problems.join('; ')
        : ['no droplet, reserved IP, firewall, key, tag or DNS record', ...kept, ...this.failures].join('; ');
      return { name, ok: swept.problems.length === 0, detail };
    } catch (error) {
      return {
        name,
        ok: false,
        detail: `${messageOf(error)}; sweep later with: fleet drill sweep --cloud digitalocean`,
      };
    }
  }
}

/** Whether the state of a stack holds anything. */
async function standing(engine: Engine, stack: StackRef): Promise<boolean> {
  const { deployment } = (await engine.exportState(stack)) as { deployment: { resources?: unknown[] } };
  return (deployment.resources ?? []).length > 0;
}
