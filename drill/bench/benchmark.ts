/** What a benchmark is, and what it gets to work with. */
import type { Chosen } from '../../scripts/engines/choose';
import type { Progress } from '../../scripts/lib/progress';
import type { Size } from '../seed/plan';
import type { Stage } from '../stage';
import type { Figure } from './result';

export interface BenchOptions {
  /** Pairs of a short measurement. */
  pairs: number;
  /** Pairs of a rebuild, which takes minutes. */
  rebuilds: number;
  /** How much the forge holds. */
  size: Size;
  seed: number;
}

export interface BenchContext {
  options: BenchOptions;
  chosen: Chosen;
  progress: Progress;
  signal: AbortSignal;
  /** The seeded forge on the embedded cloud, made by the first benchmark that asks for it. */
  stage: () => Promise<Stage>;
}

export interface Benchmark {
  name: string;
  /** One line for the list. */
  what: string;
  /** Targets by the name of the figure; figures without one are told for information. */
  targets: Record<string, number>;
  /** Whether it boots hosts on the embedded cloud. */
  needsCloud: boolean;
  run: (context: BenchContext) => Promise<Figure[]>;
}
