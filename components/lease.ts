/** The lease of the stack in an update: taken before anything is made, kept until the engine is done, and asked for again before what cannot be taken back. */
import * as pulumi from '@pulumi/pulumi';
import { evidenceBucketOf } from '../stacks/model/names';
import { secretOf, type Configuration } from './configuration';
import { isGone, thisHolder } from './holder';
import { settled } from './settled';
import { storeClient } from './store/client';
import { HeldLease, LeaseHeld, RENEW_MS } from './store/lease';

export class Lease {
  private held?: HeldLease;
  private readonly take: () => Promise<HeldLease>;

  /** `warn` is told when the store does not answer. */
  constructor(
    { declaration, settings }: Pick<Configuration, 'declaration' | 'settings'>,
    admin: { accessKey: string; secretKey: string },
    private readonly warn: (line: string) => unknown,
  ) {
    const client = storeClient({ ...settings.store, ...admin });
    const bucket = evidenceBucketOf(settings.store.bucketPrefix, declaration);
    this.take = () => HeldLease.take(client, bucket, { holder: thisHolder(), isGone });
  }

  /** Throws LeaseHeld where somebody else has it. A store that does not answer is no reason to refuse: what the lease protects needs the store. */
  readonly check = async (): Promise<void> => {
    try {
      if (this.held) await this.held.check();
      else this.held = await this.take();
    } catch (error) {
      if (error instanceof LeaseHeld) throw error;
      await this.warn(`The lease of the stack could not be looked at in the store: ${(error as Error).message}`);
    }
  };

  /** Renews it until it is given back. Who lost it learns that from `check`. */
  keep(): { release: () => Promise<void> } {
    let renewed = Promise.resolve();
    const renew = async () => this.held?.renew().catch(() => undefined);
    const timer = setInterval(() => void (renewed = renew()), RENEW_MS).unref();
    return {
      release: async () => {
        clearInterval(timer);
        // One that is under way would refuse the writing that gives it back.
        await renewed;
        await this.held?.release().catch((error: Error) => this.warn(`The lease was not given back: ${error.message}`));
      },
    };
  }
}

/** What to do about a lease that somebody else has. */
export const leaseAdvice = (stack: string): string =>
  `Wait for that; if it is certain that nothing runs there any more: fleet lease break --stack ${stack}`;

/** Takes the lease for this update. Throws one pulumi.RunError where somebody else changes the stack; nothing was registered by then. */
export async function underLease(configuration: Configuration): Promise<Lease> {
  const { declaration } = configuration;
  const secret = (key: string) => settled(secretOf(configuration, key));
  const [accessKey, secretKey] = await Promise.all([secret('storeAccessKey'), secret('storeSecretKey')]);
  const lease = new Lease(configuration, { accessKey, secretKey }, (line) => pulumi.log.warn(line));
  await lease.check().catch((error: Error) => {
    throw new pulumi.RunError(
      `Stack ${declaration.stack} was not touched: ${error.message}. ${leaseAdvice(declaration.stack)}`,
    );
  });
  untilDone(lease);
  return lease;
}

/** The SDK waits for the engine between the second and the third time that the program has nothing more to do, unless the program failed. */
const ENGINE_IS_DONE = 3;

/** Keeps the lease while the engine lives, and gives it back once the engine is done. */
function untilDone(lease: Lease): void {
  const kept = lease.keep();
  let times = 0;
  const release = (code: number) => {
    if (++times < ENGINE_IS_DONE && code === 0) return;
    process.off('beforeExit', release);
    // The engine is done, so nobody hears of it, and the update did not fail by it.
    kept.release().catch(() => undefined);
  };
  process.on('beforeExit', release);
}
