/** Ctrl-C and signals to end, for work that ends in order when it is told to. */
import { EXIT, Interrupted } from './errors';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does something that stops at the signal it is given; the second Ctrl-C leaves at once. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const interrupt = () => {
    if (abort.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write('\ninterrupted: ending what runs (again to stop at once)\n');
    abort.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(abort.signal);
  } catch (error) {
    throw abort.signal.aborted ? new Interrupted() : error;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}
