/** Entries of a repository after many pushes, merged and hidden as the host does it: by its own `lib/chain.awk`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCRIPTS } from '../../../scripts/sandbox/sandbox';

export interface Push {
  /** Milliseconds since the epoch. */
  at: number;
  bytes: number;
}

export interface Entry extends Push {
  /** `<stamp>-base` or `<stamp>-delta`. */
  name: string;
  hiddenAt?: number;
}

/** As in host/lib/ship.sh and fleet-ship-tidy.timer. */
const TAIL = 6;
const HIDE_AFTER_MS = 600_000;
const TIDY_MS = 60_000;

interface Link {
  entry: Entry;
  /** Seconds since the epoch. */
  superseded?: number;
}

const lineOf = ({ entry: { name, bytes }, superseded }: Link) => `${name}\t${bytes}\t${superseded ?? '-'}\n`;
const secondsOf = (ms: number) => Math.floor(ms / 1000);

/** Everything that was put, hidden or not, oldest first; `folder` is for the host's note of the chain. */
export function chainOf(pushes: Push[], folder: string): Entry[] {
  const all: Entry[] = [];
  let chain: Link[] = [];
  const put = (at: number, bytes: number, kind: string): Entry => {
    const entry = { name: `${at}-${kind}`, at, bytes };
    all.push(entry);
    return entry;
  };
  for (const { at, bytes } of pushes) {
    chain.push({ entry: put(at, bytes, chain.length ? 'delta' : 'base') });
    const now = at + TIDY_MS;
    for (const [what, , before, ...names] of saidOf(chain, now, folder)) {
      if (what === 'merge') {
        const merged = new Set(names);
        const of = chain.filter(({ entry, superseded }) => superseded === undefined && merged.has(entry.name));
        const sum = of.reduce((total, { entry }) => total + entry.bytes, 0);
        const one: Link = { entry: put(now, sum, before === '-' ? 'base' : 'delta') };
        const place = chain.indexOf(of[0] ?? one);
        for (const link of of) link.superseded = secondsOf(now);
        chain = [...chain.slice(0, place), ...of, one, ...chain.slice(place).filter((link) => !of.includes(link))];
      } else if (what === 'hide') {
        const gone = chain.find(({ entry }) => entry.name === before);
        if (gone) hide(gone);
        chain = chain.filter((link) => link !== gone);
      }
    }
  }
  chain.filter(({ superseded }) => superseded !== undefined).forEach(hide);
  return all.sort((a, b) => a.at - b.at);
}

function hide({ entry, superseded = 0 }: Link): void {
  entry.hiddenAt = superseded * 1000 + HIDE_AFTER_MS + TIDY_MS;
}

/** What chain.awk says, in words. */
function saidOf(chain: Link[], now: number, folder: string): string[][] {
  const path = join(folder, 'repository/chain');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, chain.map(lineOf).join(''));
  const program = ['-v', `tail=${TAIL}`, '-v', `due=${secondsOf(now - HIDE_AFTER_MS)}`];
  const { status, stdout, stderr } = spawnSync('awk', [...program, '-f', join(SCRIPTS, 'lib/chain.awk'), path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`chain.awk failed: ${stderr}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}
