/** What blocks what: the waves in their order, each with what must come before it. */
import { isMoved, type Gate, type Register, type Row, type Wave } from './schema';

export interface Step {
  wave: Wave;
  /** Rows that move in it. */
  rows: Row[];
  /** Whether nothing of it is left to do, as far as the register knows. */
  isDone: boolean;
  /** Waves before it that are not done; numbers. */
  waits: number[];
  /** Tasks that are not done and without which it cannot begin, the first one first; its own are not among them. */
  tasks: string[];
  gates: Gate[];
}

export function stepsOf({ waves, rows, tasks }: Register): Step[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const before = (ids: string[], seen: string[] = []): string[] => {
    for (const id of ids.flatMap((one) => byId.get(one)?.after ?? [])) {
      if (seen.includes(id)) continue;
      before([id], seen);
      seen.push(id);
    }
    return seen;
  };
  const done = new Set<number>();
  return waves.map((wave) => {
    const moves = rows.filter((row) => row.wave === wave.number);
    const isDone = wave.tasks.every((id) => byId.get(id)?.done) && moves.length > 0 && moves.every(isMoved);
    const waits = waves.filter(({ number }) => number < wave.number && !done.has(number)).map(({ number }) => number);
    if (isDone) done.add(wave.number);
    return {
      wave,
      rows: moves,
      isDone,
      waits,
      tasks: before(wave.tasks).filter((id) => !byId.get(id)?.done),
      gates: wave.gates,
    };
  });
}
