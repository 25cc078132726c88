/**
 * What of a store's history is needed no more, and in which order it goes. Pure. A version is superseded when the store took what hides it or was
 * written over it; it stays for a window after that, and for as long as a kept point needs it. Only the store says when anything was written.
 */
import type { Version } from './driver';
import { oldestFirst } from './plan';

export interface Rules {
  /** Milliseconds since the epoch. */
  now: number;
  /** How long what was superseded stays, in milliseconds. */
  windowMs: number;
  /** When a newer incarnation had replaced all of this; absent where none did. */
  replacedAt?: number;
  /** How long what was replaced stays. */
  replacedMs: number;
  /** Whether a kept point needs a version. */
  isKept(version: Version): boolean;
}

/**
 * The versions that can be removed, in stages: each is to be done before the next one begins, so that a run that is killed leaves nothing that looks
 * like a restore point and is none. First what a restore begins at (a snapshot, a base), then all other data, then the markers that hide nothing any
 * more. All versions of a key are in one stage, oldest first.
 */
export function prunable(versions: Version[], rules: Rules): Version[][] {
  const stages: Version[][] = [[], [], []];
  for (const all of byKey(versions)) {
    const gone = new Set(all.filter((version, index) => isPast(all, index, rules) && !rules.isKept(version)));
    const firstLeft = all.findIndex((version) => !version.hidden && !gone.has(version));
    const markers = all.filter(({ hidden }, index) => hidden && (firstLeft < 0 || index < firstLeft));
    stages[isBeginning(all[0]) ? 0 : 1]?.push(...gone);
    stages[2]?.push(...markers);
  }
  return stages;
}

/** The versions of each key, oldest first. */
function byKey(versions: Version[]): Version[][] {
  const keys = new Map<string, Version[]>();
  for (const version of versions) keys.set(version.key, [...(keys.get(version.key) ?? []), version]);
  return [...keys.values()].map((all) => all.sort(oldestFirst));
}

const isBeginning = (version: Version | undefined): boolean => /\/snapshots\/|-base[-.]/.test(version?.key ?? '');

function isPast(all: Version[], index: number, { now, windowMs, replacedAt = Infinity, replacedMs }: Rules): boolean {
  const version = all[index];
  if (!version || version.hidden) return false;
  return supersededAt(all, index) + windowMs <= now || Math.max(replacedAt, version.at) + replacedMs <= now;
}

/**
 * When a version of a key (all of them, oldest first) was superseded; Infinity where it was not. The first one counts as what the host wrote for as
 * long as the key is seen: whatever was written over it is somebody else's.
 */
export function supersededAt(all: Version[], index: number): number {
  const hidden = all.map((version) => version.hidden);
  const lastSeen = hidden.lastIndexOf(false);
  const isFirst = hidden.indexOf(false) === index;
  return all[(isFirst ? lastSeen : index) + 1]?.at ?? Infinity;
}

/** When an incarnation was registered, and when the first backup of each of its services was finished; milliseconds since the epoch. */
export interface Begun {
  id: string;
  registeredAt?: number;
  services: string[];
  completeAt: Record<string, number>;
}

/**
 * When a newer incarnation had replaced one for a service; undefined where none did. Without a service: for all that it holds. A restore takes the
 * newest complete one, so what was complete before another one, or never, is taken no more.
 */
export function replacedAt(all: Begun[], one: Begun, service?: string): number | undefined {
  const { id, registeredAt = -Infinity, services, completeAt } = one;
  const after = (own: number, of: string[]) => {
    const later = all
      .filter((other) => other.id !== id && other.registeredAt !== undefined)
      .flatMap((other) => of.flatMap((name) => other.completeAt[name] ?? []))
      .filter((at) => at > own);
    return later.length ? Math.min(...later) : undefined;
  };
  if (service !== undefined) return after(completeAt[service] ?? registeredAt, [service]);
  if (!services.length) return after(registeredAt, [...new Set(all.flatMap((other) => other.services))]);
  const each = services.map((name) => replacedAt(all, one, name));
  return each.every((at) => at !== undefined) ? Math.max(...each) : undefined;
}
