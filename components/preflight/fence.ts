/**
 * Fence: a machine that was the primary stops its services, writes its last backups and is powered off, so that it serves nobody and nothing is
 * acknowledged that its successor does not get. Until the successor has the key to the store, everything here can be taken back.
 */
import * as pulumi from '@pulumi/pulumi';
import pRetry, { AbortError } from 'p-retry';
import { SCRIPTS } from '../steps';
import { accepts, type Key } from '../ssh';
import { runOn } from './answers';
import type { MachineAccount, MachineWords } from '../machines/driver';
import type { Former } from './presence';

export interface FenceArgs {
  account: Pick<MachineAccount, 'machine' | 'power' | 'words'>;
  key: Key;
  /** Address that the names lead to, and whether anything serves there. */
  entrance: string;
  serves: () => Promise<boolean>;
}

const FLUSH_MS = 30_000;
const POWER_SECONDS = 60;
const SERVES_SECONDS = 120;
/** What is enabled and does not run is started, as a boot would: the way back from a stop at any point. Starting a target that is reached starts nothing. */
const START_ENABLED = `systemctl start --no-block $(systemctl list-unit-files --type=service --state=enabled --no-legend | awk '$1 !~ /@[.]service$/ {print $1}')`;
/** A droplet boots within a minute or two. */
const BOOT_SECONDS = 300;
/** How often a machine that takes no connections is looked for in the account. */
const ASK_MS = 5000;
/** A try costs no request of the account's. */
const DIAL_PAUSE_MS = 250;

/** Stops a former primary. It is kept; Pulumi deletes it once everything on its successor has passed. */
export async function stop(machine: Former, { account, key }: FenceArgs): Promise<void> {
  const listed = await account.machine(machine.incarnation);
  if (listed?.status === 'off') return;
  const name = named(machine, account.words);
  const { code } = await runOn(machine.address, key, `${SCRIPTS}/flush --stop`, FLUSH_MS);
  await pulumi.log.info(
    `fence: ${name} ${code === 0 ? 'stopped its services and wrote its last backups' : 'did not answer, so its last backups are the ones already in the store'}`,
  );
  if (!listed || !account.power) return;
  await power(machine, 'off', account);
  await pulumi.log.info(`fence: ${name} is off; it is kept until its successor is verified`);
}

/** A machine that was stopped is switched on, and waited for until it takes connections; one that never will is told at once. */
export async function wake(host: string, id: string, address: string, account: FenceArgs['account']): Promise<void> {
  const { noun, remove } = account.words;
  const remedy = `delete it and run the update again, which makes another one: ${remove(id)}`;
  const status = async () => {
    const found = await account.machine(id);
    if (!found)
      throw new AbortError(
        `the new machine of ${host} (${noun} ${id}, ${address}) is gone: the account has it no more; run the update again with --refresh, which makes another one`,
      );
    return found.status;
  };
  if ((await status()) === 'off') {
    await account.power?.(id, 'on');
    await until(`${noun} ${id} of ${host} to be on`, POWER_SECONDS, async () => (await status()) === 'active', {
      remedy,
    });
  }
  let asked = Date.now();
  const takesConnections = async () => {
    if (await accepts(address, 22)) return true;
    if (Date.now() - asked < ASK_MS) return false;
    asked = Date.now();
    await status();
    return false;
  };
  await until(
    `the new machine of ${host} (${noun} ${id}) to take SSH connections at ${address}`,
    BOOT_SECONDS,
    takesConnections,
    { remedy, longestPauseMs: DIAL_PAUSE_MS },
  );
}

/** Lets a machine that was stopped serve again. Returns a sentence where it does not. */
export async function resume(
  machine: Former,
  { account, key, entrance, serves }: FenceArgs,
): Promise<string | undefined> {
  try {
    const listed = await account.machine(machine.incarnation);
    if (listed?.status === 'off') await power(machine, 'on', account);
    else await runOn(machine.address, key, START_ENABLED, FLUSH_MS);
    await until(`${named(machine, account.words)} to answer at ${entrance}:443`, SERVES_SECONDS, serves);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export const named = ({ host, incarnation, address }: Former, { noun }: MachineWords): string =>
  `the machine of ${host} until now (${noun} ${incarnation}, ${address})`;

async function power(machine: Former, to: 'on' | 'off', account: FenceArgs['account']): Promise<void> {
  const id = machine.incarnation;
  const wanted = to === 'on' ? 'active' : 'off';
  await account.power?.(id, to);
  await until(
    `${named(machine, account.words)} to be ${wanted}`,
    POWER_SECONDS,
    async () => (await account.machine(id))?.status === wanted,
  );
}

/** Looks until it holds. Says at once what it waits for and until when, and throws with it, and with what to do, when the time is over. */
async function until(
  what: string,
  seconds: number,
  holds: () => Promise<boolean>,
  { remedy, longestPauseMs = 5000 }: { remedy?: string; longestPauseMs?: number } = {},
): Promise<void> {
  const end = new Date(Date.now() + seconds * 1000);
  if (await holds()) return;
  await pulumi.log.info(`waiting for ${what}, until ${end.toISOString().slice(11, 19)} UTC at the latest`);
  await pRetry(
    async () => {
      if (!(await holds())) throw new Error(`waited ${seconds} s for ${what}${remedy ? `; ${remedy}` : ''}`);
    },
    // Ever more rarely: a minute's wait is some twenty requests, far below the 250 a minute that one account may send.
    {
      forever: true,
      maxRetryTime: seconds * 1000,
      factor: 1.4,
      minTimeout: Math.min(250, longestPauseMs),
      maxTimeout: longestPauseMs,
    },
  );
}
