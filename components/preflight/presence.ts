/**
 * Whether the machine that was the primary last is still there. One answer may be wrong, so several sources that do not know of each other are
 * asked: the cloud (by tag, by id, the whole list, what the address leads to; again after a pause), the machine itself, and its heartbeat in the store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Incarnation } from '../store/restore-points';
import type { Registration } from '../store/registrations';
import * as pulumi from '@pulumi/pulumi';
import type { Key } from '../ssh';
import { whoAnswers } from './answers';
import type { ListedMachine, MachineAccount, MachineWords } from '../machines/driver';
import { named } from './fence';

/** A machine that was the primary once, as its registration tells. */
export type Former = Registration & { createdAt: string };

export interface PresenceArgs {
  account: Pick<MachineAccount, 'tagged' | 'machines' | 'machine' | 'behind' | 'words'>;
  /** Tags of the machines that may be the host's primary. */
  tags: string[];
  entrance: string;
  /** Whether anything serves at that address. */
  serves: () => Promise<boolean>;
  former: Former[];
  /** How old the newest heartbeat of an incarnation is by the store's clock, in milliseconds; undefined where there is none. */
  beatAge: (incarnation: string) => Promise<number | undefined>;
  key: Key;
}

export interface Presence {
  /** Former primaries that the cloud lists. */
  listed: ListedMachine[];
  /** Machines with a tag of the host that never were its primary: a standby, one that an interrupted update made, or somebody else's. */
  others: ListedMachine[];
  /** One clause for each source that shows the newest primary; none where it is gone. */
  signs: string[];
}

const AGAIN_MS = 1000;
/** Hosts beat every 10 s. One that has not done so for longer than this beats no more. */
const SILENT_MS = 15_000;
const LOOK_MS = 500;

/** Machines that were the primary, newest first. What an agent brought along when it moved is none. */
export const formerOf = (incarnations: Incarnation[]): Former[] =>
  incarnations.flatMap(({ registration, createdAt }) => (registration ? [{ ...registration, createdAt }] : []));

/** What shows of the newest primary. Takes up to 15 s where its last heartbeat is younger than that, and about a second otherwise. */
export async function presence(args: PresenceArgs): Promise<Presence> {
  const [newest] = args.former;
  const [listed, answering, beating] = await Promise.all([
    listedTwice(args),
    newest ? answers(newest, args) : [],
    newest ? beats(newest, args) : [],
  ]);
  const own = newest && listed.listed.find(({ id }) => id === newest.incarnation);
  return {
    ...listed,
    signs: [
      ...(own ? [`the cloud lists ${own.name} (${own.id}, ${own.status}, ${own.address})`] : []),
      ...answering,
      ...beating,
    ],
  };
}

/** Whether a successor was asked for: the host's value differs from that with which its machine took over. */
export const isAsked = ([newest]: Former[], generation: number): boolean =>
  newest !== undefined && newest.generation !== generation;

/**
 * One sentence if a machine would be made beside one that serves: the newest primary is still there and nobody asked for its successor, or
 * somebody else answers in its place. Machines that carry a tag of the host and never were its primary are named, and left alone. `own` is the machine that is to be the primary, where it was made already.
 */
export async function absence(args: PresenceArgs, host: string, generation: number, own?: string): Promise<string[]> {
  const { words } = args.account;
  const former = args.former.filter(({ incarnation }) => incarnation !== own);
  const [newest] = former;
  const asked = isAsked(former, generation);
  // One that is the primary already is what answers.
  const mayServe = !asked && args.former[0]?.incarnation !== (own ?? '');
  // An address that leads nowhere keeps whoever dials it waiting, so both look at the same time.
  const [{ signs, others }, serves] = await Promise.all([
    asked ? listedNow({ ...args, former }).then((listed) => ({ ...listed, signs: [] })) : presence({ ...args, former }),
    mayServe && args.serves(),
  ]);
  for (const one of others.filter(({ id }) => id !== own)) {
    await pulumi.log.warn(
      `preflight: ${words.noun} ${one.name} (${one.id}, ${one.status}) carries a tag of ${host} and never was its primary; it is left alone. Where it is nobody's, delete it: ${words.remove(one.id)}`,
    );
  }
  if (newest && signs.length) return [isAlive(newest, signs, words)];
  return serves
    ? [
        `another host still answers as primary at ${args.entrance}:443 although none of ${host} is known to be there; check the account and the token, or unassign the address`,
      ]
    : [];
}

export const isAlive = (machine: Former, signs: string[], words: MachineWords): string =>
  `${named(machine, words)} is still there: ${signs.join(', ')}. A state that does not know it may be an older one: bring back the newest. To replace the machine on purpose, with its data, raise fleet:rebuild.${machine.host} to ${machine.generation + 1}`;

/** What the cloud lists, from every list that may name it. */
export async function listedNow({
  account,
  tags,
  entrance,
  former,
}: Pick<PresenceArgs, 'account' | 'tags' | 'entrance' | 'former'>): Promise<Omit<Presence, 'signs'>> {
  const ids = former.map(({ incarnation }) => incarnation);
  const [all, holder, newest, ...tagged] = await Promise.all([
    account.machines(),
    account.behind(entrance).then((id) => (id !== undefined && ids.includes(id) ? account.machine(id) : undefined)),
    ids[0] === undefined ? undefined : account.machine(ids[0]),
    ...tags.map((tag) => account.tagged(tag)),
  ]);
  const found = new Map(
    [
      ...all.filter(({ id }) => ids.includes(id)),
      ...[holder, newest].filter((one) => one !== undefined),
      ...tagged.flat(),
    ].map((one) => [one.id, one]),
  );
  const isFormer = ({ id }: ListedMachine) => ids.includes(id);
  return { listed: [...found.values()].filter(isFormer), others: [...found.values()].filter((one) => !isFormer(one)) };
}

async function listedTwice(args: PresenceArgs): Promise<Omit<Presence, 'signs'>> {
  const first = await listedNow(args);
  const [newest] = args.former;
  if (!newest || first.listed.some(({ id }) => id === newest.incarnation)) return first;
  await sleep(AGAIN_MS);
  return listedNow(args);
}

async function answers(newest: Former, { entrance, key }: PresenceArgs): Promise<string[]> {
  const found = await Promise.all(
    [...new Set([newest.address, entrance])].map(async (address) => ({
      address,
      ...(await whoAnswers(address, key)),
    })),
  );
  return found.flatMap(({ address, incarnation, isClosed }) => {
    if (incarnation === newest.incarnation) return [`it answers at ${address} by SSH`];
    return isClosed ? [`a machine with its SSH host key answers at ${address} and does not let the deploy key in`] : [];
  });
}

/** A clause if it goes on beating: a heartbeat younger than the pause between two may be the last one of a machine that has died since. */
async function beats({ incarnation }: Former, { beatAge }: PresenceArgs): Promise<string[]> {
  let age = await beatAge(incarnation);
  while (age !== undefined && age < SILENT_MS) {
    await sleep(LOOK_MS);
    const now = await beatAge(incarnation);
    if (now !== undefined && now < age) return ['its heartbeats reach the store'];
    age = now;
  }
  return [];
}
