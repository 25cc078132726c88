/** The kinds of machines, and which one a host is of. Loads no provider's SDK: `makers.ts` makes machines. */
import type { Host } from '../../stacks';
import { DigitalOceanAccount } from './digitalocean/account';
import { facts } from './digitalocean/facts';
import type { MachineDriver } from './driver';

/** Machines that are rented: the only kind with an account, whose token and orders a run looks after. */
export const rented: MachineDriver = { ...facts, account: (setting, env) => new DigitalOceanAccount(setting, env) };

/** The kind of a host's machines. */
export const driverOf = (_host: Pick<Host, 'name'>): MachineDriver => rented;
