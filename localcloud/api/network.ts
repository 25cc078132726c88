import type { HostDriver, NetworkPlan, Rule } from '../host-driver';
import type { Log } from './context';
import type { CloudState, Droplet, Firewall, FirewallRule, Store, Targets } from './state';

export const sameTag = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
export const hasTag = (tags: string[], tag: string) => tags.some((own) => sameTag(own, tag));

/** Membership is computed, never stored: it follows droplets that are tagged later. */
export function covers(firewall: Firewall, droplet: Droplet): boolean {
  return firewall.dropletIds.includes(droplet.id) || firewall.tags.some((tag) => hasTag(droplet.tags, tag));
}

function addressesOf(targets: Targets, droplets: Droplet[]): string[] {
  const members = droplets.filter(
    (droplet) => targets.droplet_ids?.includes(droplet.id) || targets.tags?.some((tag) => hasTag(droplet.tags, tag)),
  );
  return [...(targets.addresses ?? []), ...members.map((droplet) => droplet.address)];
}

/** The policy that follows from the state: for each droplet the union of its firewalls, or null without any. */
export function networkPlan(state: CloudState): NetworkPlan {
  const droplets = Object.values(state.droplets);
  const resolve = (direction: Rule['direction'], rules: FirewallRule[]): Rule[] =>
    rules
      .map(({ protocol, ports, targets }) => ({
        direction,
        protocol,
        ports,
        addresses: addressesOf(targets, droplets),
      }))
      .filter((rule) => rule.addresses.length > 0);
  const plan: NetworkPlan = { firewalls: {}, reservedIps: {} };
  for (const droplet of droplets) {
    const firewalls = Object.values(state.firewalls).filter((firewall) => covers(firewall, droplet));
    plan.firewalls[droplet.id] =
      firewalls.length === 0
        ? null
        : firewalls.flatMap((firewall) => [
            ...resolve('inbound', firewall.inbound),
            ...resolve('outbound', firewall.outbound),
          ]);
  }
  for (const { address, dropletId } of Object.values(state.reservedIps)) plan.reservedIps[address] = dropletId;
  return plan;
}

/** Brings the network in line with the state, one plan at a time. */
export class Network {
  private running: Promise<unknown> = Promise.resolve();
  private queued?: Promise<boolean>;

  constructor(
    private readonly store: Store,
    private readonly driver: HostDriver,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when a plan made after this call is in force; false when it could not be applied.
   * Calls that come while another plan is being applied share the next one.
   */
  apply(): Promise<boolean> {
    this.queued ??= this.running.then(() => {
      this.queued = undefined;
      const done = this.push();
      this.running = done;
      return done;
    });
    return this.queued;
  }

  private async push(): Promise<boolean> {
    try {
      await this.driver.applyNetwork(networkPlan(this.store.state));
      return true;
    } catch (error) {
      this.log.error({ reason: (error as Error).message }, 'the network policy could not be applied');
      return false;
    }
  }
}
