/** Scratch copies of a stack that prove its backups: the same services with the same data, and nothing that anybody could reach. */
import type { Declaration } from './schema';

/** Name of the stack that proves another one's backups. */
export const proofStack = (stack: string): string => `proof-${stack}`;

/** The declaration of the proof of a stack. */
export function proofOf(declaration: Declaration): Declaration {
  return {
    ...declaration,
    kind: 'proof',
    stack: proofStack(declaration.stack),
    proves: declaration.stack,
    hosts: declaration.hosts.map((host) => ({ ...host, aliases: [], knownIps: [] })),
    uptime: null,
    proof: null,
    protect: false,
  };
}
