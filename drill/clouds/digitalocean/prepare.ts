/** All that comes before a drill on a real account touches it: settings, access, cost, consent, and a sweep. */
import { declarationOf } from '../../../scripts/init/init';
import type { Size } from '../../seed/plan';
import { DigitalOceanCloud, openAccount } from './index';
import { consent, costOf, costTable } from './cost';
import { checkAccess } from './scopes';
import type { AccountSettings } from './settings';
import { accountOfSweep, sweep } from './sweep';

export interface AccountOptions {
  size: Size;
  /** Most that may be spent, in USD; asked on the terminal where it is not said. */
  yes?: number;
}

export interface Surroundings {
  say: (line: string) => void;
  ask: (question: string) => Promise<boolean | undefined>;
}

/** A cloud that a drill may use, once everything is in order and somebody has agreed to pay. */
export async function prepareAccount(
  settings: AccountSettings,
  options: AccountOptions,
  { say, ask }: Surroundings,
): Promise<DigitalOceanCloud> {
  const account = openAccount(settings);
  await checkAccess(account);
  const cloud = await DigitalOceanCloud.open(settings, account);
  const cost = costOf(declarationOf(cloud.stack), await account.digitalocean.list('/v2/sizes', 'sizes'), {
    size: options.size,
    usdPerGbMonth: settings.storeUsdPerGbMonth,
  });
  say(`${cloud.label}, zone ${settings.zoneName}, stack ${cloud.stack}`);
  say(costTable(cost));
  await consent(cost, options.yes, ask);
  const swept = await sweep(account, { now: new Date() });
  accountOfSweep(swept).forEach(say);
  return cloud;
}

/** `fleet drill sweep`: what a killed drill left, if it has expired. Returns whether all of it went. */
export async function sweepAccount(
  settings: AccountSettings,
  options: { dryRun: boolean },
  { say }: Pick<Surroundings, 'say'>,
): Promise<boolean> {
  const account = openAccount(settings);
  const swept = await sweep(account, { now: new Date(), dryRun: options.dryRun });
  accountOfSweep(swept, options.dryRun).forEach(say);
  return swept.problems.length === 0;
}
