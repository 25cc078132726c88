/** Stacks that are the store of others: a host that serves it, and one elsewhere that keeps a copy. */
import { required } from './required';
import type { Declaration, Host } from './schema';

/** Whether a stack is a store, and so has none of its own to be backed up to. */
export const isStore = ({ hosts }: Pick<Declaration, 'hosts'>): boolean => hosts.some(({ role }) => role.store);

/** How the sites of such a stack follow each other. */
export const sitesOf = ({ stack, sites }: Declaration): NonNullable<Declaration['sites']> =>
  required(sites, `sites in the declaration of stack ${stack}`);

/** The site of a store that a host is not. */
export const otherSite = ({ hosts, stack }: Pick<Declaration, 'hosts' | 'stack'>, host: Host): Host =>
  required(
    hosts.find(({ role, name }) => role.store && name !== host.name),
    `a second site in stack ${stack}`,
  );
