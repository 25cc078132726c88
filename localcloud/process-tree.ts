import { readFileSync, readdirSync } from 'node:fs';
import { isAlive, signal, startTime, type ProcessRecord } from './processes';
import { waitFor } from './wait';

/** How long a tree of processes may take to clean up after itself. */
const GRACE_MS = 3_000;

/** Parent and process group of a process. */
function relationsOf(pid: number): { parent?: number; group?: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent, group] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent, group };
  } catch {
    return {};
  }
}

/** A process and every one below it, whatever groups and sessions they made for themselves; and of a group that it leads those whose parent is gone. */
export function treeOf(root: number): ProcessRecord[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const relations = new Map(pids.map((pid) => [pid, relationsOf(pid)]));
  const family = new Set([root, ...pids.filter((pid) => relations.get(pid)?.group === root)]);
  // A set goes on with what is added to it meanwhile.
  for (const pid of family) for (const child of pids) if (relations.get(child)?.parent === pid) family.add(child);
  return [...family].flatMap((pid) => {
    const started = startTime(pid);
    return started === undefined ? [] : [{ pid, startTime: started }];
  });
}

/** Sends a signal to a process that this one started, and to all below it. */
export function signalTree(root: number, name: NodeJS.Signals): void {
  for (const record of treeOf(root)) signal(record, name);
}

/** Ends a tree of processes: politely first, by force what does not go. Resolves when nothing of it runs any more. */
export async function endTree(root: number): Promise<void> {
  let left = treeOf(root);
  for (const record of left) signal(record, 'SIGTERM');
  const gone = () => (left = left.filter(isAlive)).length === 0;
  await waitFor(gone, { what: `The end of process ${root} and its children`, timeoutMs: GRACE_MS }).catch(
    () => undefined,
  );
  // Also what one of them started meanwhile.
  left.push(...treeOf(root), ...left.flatMap(({ pid }) => treeOf(pid)));
  for (const record of left) signal(record, 'SIGKILL');
  await waitFor(gone, { what: `The end of process ${root} and its children`, timeoutMs: GRACE_MS });
}
