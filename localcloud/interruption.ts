/** What may be ended in the middle: programs that run for minutes while parts are made. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { signalTree } from './process-tree';

const current = new AsyncLocalStorage<AbortSignal | undefined>();

/** Does something whose programs end, with all that they started, as soon as the signal comes. */
export const interruptible = <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> =>
  current.run(signal, work);

/** Does something that is always done to its end, because half of it would be worse than a wait of seconds. */
export const toItsEnd = <T>(work: () => Promise<T>): Promise<T> => current.run(undefined, work);

/** The signal that ends what is run now; none where nobody asked for one. */
export const interruption = (): AbortSignal | undefined => current.getStore();

const running = new Set<number>();

/** Whoever leaves at once, as after a second Ctrl-C, takes along what is in groups of its own. */
export function endsWithThisProcess(pid: number): () => void {
  if (running.size === 0) process.on('exit', killAll);
  running.add(pid);
  return () => {
    running.delete(pid);
    if (running.size === 0) process.off('exit', killAll);
  };
}

function killAll(): void {
  for (const pid of running) signalTree(pid, 'SIGKILL');
}
