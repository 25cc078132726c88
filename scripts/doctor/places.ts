/** Whether what a host is made of can be had where it is declared; the preflight asks the same before every rebuild. */
import type { MachineAccount } from '../../components/machines/driver';
import type { Host } from '../../stacks';
import { sentenceOf } from '../lib/errors';
import { fails, holds, type Found } from './finding';
import type { Look } from './look';

export async function places({ declaration, account }: Look): Promise<Found[]> {
  if (!account.api.hasToken) return [];
  return (await Promise.all(declaration.hosts.map((host) => placeOf(account, host)))).flat();
}

async function placeOf(account: MachineAccount, host: Host): Promise<Found[]> {
  const what = `machine of ${host.name}`;
  try {
    const missing = await account.unavailable(host);
    return missing.length
      ? missing.map((one) => fails(what, one.what, one.todo))
      : [holds(what, `${host.size} with ${host.image} can be had in ${host.region}`)];
  } catch (error) {
    return [fails(what, sentenceOf(error), 'see to the token first')];
  }
}
