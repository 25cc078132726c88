/**
 * Looks at the public names of a host from outside the fleet, by the cloud's own uptime checks: what runs on a host cannot tell that it is dead.
 * Nothing waits for it and it waits for nothing, so that a rebuild is as fast without it; a check outlives the host that it looks at.
 */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { publicName, type ServicePlan } from '../../../services';
import type { Declaration, Host } from '../../../stacks';
import type { Settings } from '../../../stacks/model/settings';
import { onlyGiven } from '../../remote-step';

export interface UptimeArgs {
  host: Host;
  plans: ServicePlan[];
  settings: Settings;
  uptime: NonNullable<Declaration['uptime']>;
}

/** Said, because an answer with regions that were not asked for would be a change in every preview. */
const REGIONS = ['eu_west', 'se_asia', 'us_east', 'us_west'];

export class Uptime extends pulumi.ComponentResource {
  constructor(name: string, { host, plans, settings, uptime }: UptimeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Uptime', name, {}, opts);
    const notifications = [{ emails: settings.alarmEmails ?? [settings.forgeAdmin.email], slacks: [] }];
    for (const label of host.publicNames) {
      const check = new digitalocean.UptimeCheck(
        `${name}-${label}`,
        {
          target: `https://${publicName(label, settings.zone.name)}${pathOf(label, plans)}`,
          type: 'https',
          regions: REGIONS,
          enabled: true,
        },
        { parent: this, transformations: [onlyGiven] },
      );
      const alert = (
        kind: string,
        args: Pick<digitalocean.UptimeAlertArgs, 'type' | 'period' | 'threshold' | 'comparison'>,
      ) =>
        new digitalocean.UptimeAlert(
          `${name}-${label}-${kind}`,
          { checkId: check.id, notifications, ...args },
          // An alert belongs to its check; the provider would look for it under the new one.
          { parent: this, replaceOnChanges: ['checkId'], transformations: [onlyGiven] },
        );
      alert('down', { type: 'down_global', period: uptime.downFor });
      alert('certificate', {
        type: 'ssl_expiry',
        period: '2m',
        threshold: uptime.certificateDays,
        comparison: 'less_than',
      });
    }
    this.registerOutputs({});
  }
}

/** Where a name answers that it works: at its service's own health path, and the forge at any. */
function pathOf(label: string, plans: ServicePlan[]): string {
  const health = plans.find(({ site }) => site?.label === label)?.health;
  const url = health?.sourcedUrl ?? health?.url;
  return url ? new URL(url).pathname : '/';
}
