/** One way to break the fleet on purpose, and the end that is promised for it. */
import type { Seeded } from '../context';

export interface Fault {
  /** Word of the command line. */
  kind: string;
  /** What happens, in a few words. */
  title: string;
  /**
   * `recovers`: all acknowledged work comes back within the objectives. `refuses`: nothing is touched, and it is said why and what would go on.
   * `withstands`: of many things in turn each ends as its row promises, and none does harm.
   */
  ends: 'recovers' | 'refuses' | 'withstands';
  /** Whether the fleet promises its time to recover for it too: not where a person or another system must act first. */
  timed?: boolean;
  /** What goes wrong does so while the load is on, so that nothing need be in flight at the end. */
  disturbsLoad?: boolean;
  /** Strikes, and checks what came of it. The drill's stack is a fresh clone of the saved one. */
  run(drill: Seeded): Promise<void>;
}
