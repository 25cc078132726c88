/**
 * A machine becomes the primary of its host: those that were it before are stopped, it is written down, and its key alone may write to the store.
 * Fails as a whole: what was stopped serves again, or one sentence says what does not and how it would.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import * as pulumi from '@pulumi/pulumi';
import { grantOnly } from '../store/admin';
import { LeaseHeld } from '../store/lease';
import type { StoreAccount } from '../store/names';
import { register, type Registration } from '../store/registrations';
import type { Incarnation } from '../store/restore-points';
import type { MachineAccount } from '../machines/driver';
import { named, resume, stop, type FenceArgs } from './fence';
import { formerOf, isAlive, listedNow, type Former, type PresenceArgs } from './presence';

export interface TakeoverArgs {
  look: PresenceArgs & { account: MachineAccount };
  /** What the store holds of the host, newest first. */
  incarnations: Incarnation[];
  client: S3Client;
  bucket: string;
  own: Registration;
  /** Key of an incarnation of this host. */
  accountOf: (incarnation: string) => StoreAccount;
  hasStandby: boolean;
  /** Throws LeaseHeld when another update has taken the stack over. */
  checkLease: () => Promise<void>;
}

export async function takeOver(args: TakeoverArgs): Promise<void> {
  const { look, client, bucket, own, accountOf, hasStandby, incarnations, checkLease } = args;
  await checkLease();
  await refuseToGoBack(args);
  const { words } = look.account;
  const former = formerOf(incarnations).filter(({ incarnation }) => incarnation !== own.incarnation);
  const [newest] = former;
  const { listed } = await listedNow({ ...look, former });
  const isListed = ({ incarnation }: Former) => listed.some(({ id }) => id === incarnation);
  if (newest?.generation === own.generation && isListed(newest)) {
    throw new Error(isAlive(newest, ['the cloud lists it now, though it did not a while ago'], words));
  }
  // One that the cloud does not list may run all the same: it is asked to stop, and loses its key.
  const stopped = former.filter((one) => isListed(one) || (one === newest && one.generation !== own.generation));
  const fence: FenceArgs = look;
  const grant = (incarnation: string) => grantOnly(client, accountOf(incarnation), hasStandby);
  try {
    await Promise.all(stopped.map((one) => stop(one, fence)));
    // Its moment is that of its first registration, unless another one was the primary since.
    if (formerOf(incarnations)[0]?.incarnation !== own.incarnation) await register(client, bucket, own);
    await checkLease();
    await grant(own.incarnation);
  } catch (error) {
    // What was stopped is the other update's now.
    if (error instanceof LeaseHeld) throw error;
    if (!newest || !stopped.includes(newest)) throw error;
    const problem = await grant(newest.incarnation)
      .then(() => resume(newest, fence))
      .catch((reason: Error) => reason.message);
    throw new Error(
      `${(error as Error).message}; ${problem ? `${named(newest, words)} is stopped and could not be brought back (${problem}); power it on: ${words.powerOn(newest.incarnation)}` : `${named(newest, words)} serves again`}`,
    );
  }
  if (newest && stopped.includes(newest)) {
    await pulumi.log.warn(
      `${named(newest, words)} is stopped. Should this update not end well, run it again; or go back to that machine: set fleet:rebuild.${own.host} back to ${newest.generation} and update`,
    );
  }
}

/** A machine that was stopped may serve again only while nothing was written to any later one. */
async function refuseToGoBack({ look, incarnations, own }: TakeoverArgs): Promise<void> {
  const since = incarnations.findIndex(({ id }) => id === own.incarnation);
  const later = since < 0 ? [] : formerOf(incarnations.slice(0, since));
  if (!later.length) return;
  const holder = await look.account.behind(look.entrance);
  const { words } = look.account;
  const served = later.find(
    ({ incarnation }) =>
      incarnation === holder || incarnations.some(({ id, services }) => id === incarnation && services.length > 0),
  );
  if (!served) return;
  throw new Error(
    `${words.noun} ${own.incarnation} would lose what was written since ${served.createdAt} to ${named(served, words)}; instead of going back to it set fleet:rebuild.${own.host} to ${Math.max(served.generation, own.generation) + 1} for a successor with all data`,
  );
}
