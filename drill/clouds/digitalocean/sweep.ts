/** Removes what a drill left on an account. Only what carries a drill's mark, and only once it has expired. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { StoreAccess } from '../../../components/store/client';
import { DRILL_TAG, throwawayOf } from '../../../stacks/model/throwaway';
import { UserError, messageOf } from '../../../scripts/lib/errors';
import type { Api } from './api';
import { markedOf, takeInventory, unclaimedAddresses, type Kind, type Marked } from './marks';
import { bucketNames, removeBucket } from './store';

export interface Account {
  digitalocean: Api;
  cloudflare: Api;
  zone: { id: string; name: string };
  admin: StoreAccess;
  store: S3Client;
}

export interface Swept {
  /** What was removed, or would be. */
  removed: Marked[];
  /** A drill's, and not expired. */
  waiting: Marked[];
  /** Buckets of which something is locked. */
  kept: Array<{ bucket: string; objects: number; until: Date }>;
  /** What could not be removed, in words. */
  problems: string[];
  /** Addresses that lead nowhere and that no mark claims; they are never touched. */
  unclaimed: string[];
}

/** What is paid for first, marks last: whatever a kill leaves can still be told from other things. */
const ORDER: Kind[] = ['droplet', 'reserved IP', 'firewall', 'SSH key', 'bucket', 'DNS record', 'tag'];
const MARKS: Kind[] = ['DNS record', 'tag'];

/** Sweeps the account; with `stack` everything of that one stack, whether or not it has expired, and of no other. */
export async function sweep(
  account: Account,
  options: { now: Date; stack?: string; dryRun?: boolean },
): Promise<Swept> {
  const inventory = await takeInventory(account.digitalocean, account.cloudflare, account.zone.id, () =>
    bucketsOf(account),
  );
  const all = markedOf(inventory);
  const own = options.stack === undefined ? undefined : throwawayOf(options.stack);
  const isDue = ({ stack, expires }: Marked) =>
    own ? (stack ?? own.stack) === own.stack && expires.getTime() === own.expires.getTime() : expires <= options.now;
  const due = ORDER.flatMap((kind) => all.filter((one) => one.kind === kind && isDue(one)));
  const swept: Swept = {
    removed: [],
    waiting: all.filter((one) => !isDue(one)),
    kept: [],
    problems: [],
    unclaimed: unclaimedAddresses(inventory, all),
  };
  if (options.dryRun) return { ...swept, removed: due };
  /** Stacks, by their expiry, of which something could not be removed: their marks stay. */
  const stuck = new Set<number>();
  for (const one of due) {
    if (MARKS.includes(one.kind) && stuck.has(one.expires.getTime())) continue;
    try {
      const kept = await remove(account, one);
      if (kept) swept.kept.push({ bucket: one.name, ...kept });
      else swept.removed.push(one);
    } catch (error) {
      stuck.add(one.expires.getTime());
      swept.problems.push(`${one.kind} ${one.name}: ${messageOf(error)}`);
    }
  }
  if (due.length)
    await removeSharedTag(account).catch((error) => swept.problems.push(`tag ${DRILL_TAG}: ${messageOf(error)}`));
  return swept;
}

async function bucketsOf({ store, admin }: Account): Promise<string[]> {
  return bucketNames(store).catch((error) => {
    throw new UserError(`The store at ${admin.endpoint} does not list its buckets: ${messageOf(error)}.`);
  });
}

async function remove(
  { digitalocean, cloudflare, zone, admin, store }: Account,
  { kind, id }: Marked,
): Promise<{ objects: number; until: Date } | undefined> {
  const paths: Record<Exclude<Kind, 'bucket' | 'DNS record'>, string> = {
    droplet: `/v2/droplets/${id}`,
    'reserved IP': `/v2/reserved_ips/${id}`,
    firewall: `/v2/firewalls/${id}`,
    'SSH key': `/v2/account/keys/${id}`,
    tag: `/v2/tags/${encodeURIComponent(id)}`,
  };
  if (kind === 'bucket') return removeBucket(admin, store, id);
  if (kind === 'DNS record') await cloudflare.remove(`/zones/${zone.id}/dns_records/${id}`);
  else await digitalocean.remove(paths[kind]);
  return undefined;
}

/** The tag that all drills share goes with the last droplet that carries it. */
async function removeSharedTag({ digitalocean }: Account): Promise<void> {
  const carriers = await digitalocean.list(`/v2/droplets?tag_name=${DRILL_TAG}`, 'droplets');
  if (carriers.length === 0) await digitalocean.remove(`/v2/tags/${DRILL_TAG}`);
}

/** What a sweep did, line by line. */
export function accountOfSweep(swept: Swept, dryRun = false): string[] {
  const moment = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');
  return [
    ...swept.removed.map(
      ({ kind, name, expires }) =>
        `${dryRun ? 'would remove' : 'removed'} ${kind} ${name} (expiry ${moment(expires)} UTC)`,
    ),
    ...swept.kept.map(
      ({ bucket, objects, until }) =>
        `bucket ${bucket} stays: ${objects} objects are locked until ${moment(until)} UTC; sweep again after that`,
    ),
    ...swept.waiting.map(
      ({ kind, name, expires }) => `${kind} ${name} stays: it does not expire before ${moment(expires)} UTC`,
    ),
    ...swept.unclaimed.map(
      (ip) => `reserved IP ${ip} leads nowhere and carries no mark: not touched, look whose it is`,
    ),
    ...swept.problems.map((problem) => `not removed: ${problem}`),
  ];
}
