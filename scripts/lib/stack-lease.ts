/** The lease of a stack for what runs no program: a refresh and a destroy. */
import { Lease, leaseAdvice } from '../../components/lease';
import { LeaseHeld } from '../../components/store/lease';
import { isStore } from '../../stacks/model/sites';
import { declarationOf } from '../init/init';
import { messageOf, UserError } from './errors';
import { openSettings, openStore } from './stack-store';

/** Takes the lease, or says who has it. A stack whose settings or store cannot be read has nobody who could hold it against. */
export async function leaseOf(stack: string, say: (line: string) => void): Promise<{ release(): Promise<void> }> {
  // A store cannot hold the lease of itself.
  if (isStore(declarationOf(stack))) return { release: () => Promise.resolve() };
  try {
    const { declaration, settings, admin } = openStore(stack, await openSettings(stack));
    const lease = new Lease({ declaration, settings }, admin, say);
    await lease.check();
    return lease.keep();
  } catch (error) {
    if (error instanceof LeaseHeld)
      throw new UserError(`Stack ${stack} was not touched: ${error.message}.`, leaseAdvice(stack));
    say(`The lease of the stack was not taken: ${messageOf(error)}`);
    return { release: () => Promise.resolve() };
  }
}
