/** When each step of the engine began and ended, taken from its events. */
import { readableUrn, type EngineEvent } from '../scripts/engines/engine';
import type { EngineStep } from '../scripts/lib/drill-report';

/** Looking at what is there, and bookkeeping in the state: neither works on the fleet. */
const NO_WORK = new Set(['refresh', 'same', 'read', 'replace']);

export class StepTimes {
  readonly list: EngineStep[] = [];
  private readonly open = new Map<string, EngineStep>();

  /** Takes an event in; a step that is begun anew by a later run leaves the one that was cut off as it is, without an end. */
  observe(event: EngineEvent): void {
    if (event.kind === 'diagnostic' || event.kind === 'program-output' || NO_WORK.has(event.op)) return;
    const key = `${event.op} ${event.urn}`;
    const at = new Date(event.at).toISOString();
    if (event.kind === 'step-start') {
      const step: EngineStep = { name: readableUrn(event.urn), op: event.op, start: at, end: null, failed: false };
      this.open.set(key, step);
      this.list.push(step);
      return;
    }
    const step = this.open.get(key);
    if (!step) return;
    step.end = at;
    step.failed = event.kind === 'step-failed';
    this.open.delete(key);
  }
}
