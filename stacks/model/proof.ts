/** Scratch copies of a stack that prove its backups: the same services with the same data, and nothing that anybody could reach. */
import type { Declaration } from './schema';

const PREFIX = 'proof-';

/** Name of the stack that proves another one's backups. */
export const proofStack = (stack: string): string => PREFIX + stack;

/** Name of the stack that a proof is of; undefined where it is none. */
export const provenStack = (stack: string): string | undefined =>
  stack.startsWith(PREFIX) ? stack.slice(PREFIX.length) : undefined;

/** The declaration of the proof of a stack. */
export function proofOf(declaration: Declaration): Declaration {
  return {
    ...declaration,
    fleet: 'proof',
    stack: proofStack(declaration.stack),
    proves: declaration.stack,
    hosts: declaration.hosts.map((host) => ({ ...host, aliases: [], knownIps: [] })),
    uptime: null,
    proof: null,
    protect: false,
  };
}
