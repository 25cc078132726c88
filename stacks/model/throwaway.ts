/**
 * Throwaway stacks: what a drill makes on a real account. The name says when it expires, so that everything named after the
 * stack (key, tag, DNS record, bucket) says it too, and a sweeper needs no list of its own.
 */
import type { Declaration } from './schema';

/** Tag of every droplet that a drill makes on a real account. */
export const DRILL_TAG = 'fleet-drill';
const EXPIRY_TAG = /^fleet-expires-(\d{8}T\d{6}Z)$/i;
/** The stack's name at the beginning of a text, or after the fleet's: alone, or followed by something that no longer belongs to it. */
const STACK = /^(?:[a-z][a-z0-9-]{0,30}-)?(drill-(\d{8}t\d{6}z)-[0-9a-f]{4})(?![0-9a-z])/;

export interface Throwaway {
  stack: string;
  expires: Date;
}

/** A moment as names and tags hold it, to the second: `20261121T203000Z`. */
const stampOf = (moment: Date): string => `${moment.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

function momentOf(stamp: string): Date | undefined {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z$/i.exec(stamp) ?? [];
  const moment = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  // 31 February would roll over to another day.
  return Number.isNaN(moment.getTime()) || stampOf(moment) !== stamp.toUpperCase() ? undefined : moment;
}

/** Name of a throwaway stack; `id` is four hexadecimal digits that tell drills of one second apart. */
export const throwawayStack = (expires: Date, id: string): string => `drill-${stampOf(expires).toLowerCase()}-${id}`;

export const expiryTag = (expires: Date): string => `fleet-expires-${stampOf(expires)}`;

/** When a tag says that its droplet expires; undefined for any other tag. */
export const expiryOfTag = (tag: string): Date | undefined => momentOf(EXPIRY_TAG.exec(tag)?.[1] ?? '');

/** The throwaway stack that a name begins with; undefined where it begins with none. */
export function throwawayOf(name: string): Throwaway | undefined {
  const [, stack = '', stamp] = STACK.exec(name) ?? [];
  const expires = stamp === undefined ? undefined : momentOf(stamp);
  return expires && { stack, expires };
}

/** What a throwaway stack declares: a rehearsal's host with names and tags of its own, held to the objectives of the declared stack. */
export function throwaway(stack: string, rehearsal: Declaration, declared: Declaration): Declaration | undefined {
  const found = throwawayOf(stack);
  if (found?.stack !== stack) return undefined;
  return {
    ...rehearsal,
    kind: 'throwaway',
    stack,
    tags: [DRILL_TAG, expiryTag(found.expires)],
    hosts: rehearsal.hosts.map((host) => ({
      ...host,
      publicNames: host.publicNames.map((label) => `${stack}-${label}`),
    })),
    objectives: declared.objectives,
  };
}
