import { checkIntegrity } from './integrity';
import { StackState } from './checkpoint';
import { OperationType, PendingOperation, ResourceState } from './types';

/**
 * The state while a run changes it: what the run produced, in order of completion, before what it
 * has not touched yet. That order is what keeps every dependency before its dependents.
 */
export class Snapshot {
  private produced: ResourceState[] = [];
  private readonly done = new Set<ResourceState>();
  private readonly running: PendingOperation[] = [];

  /** `save` stores a state; in a preview there is none. */
  constructor(
    public base: ResourceState[],
    private interrupted: PendingOperation[],
    private readonly save?: (state: StackState) => void,
  ) {}

  /** Everything that exists now. */
  resources(): ResourceState[] {
    return [...this.produced, ...this.base].filter((resource) => !this.done.has(resource));
  }

  /** Writes the state after checking it. */
  write(): void {
    if (this.save === undefined) return;
    const resources = this.resources();
    checkIntegrity(resources);
    this.save({ resources, pending: [...this.running, ...this.interrupted] });
  }

  /** Notes an operation before it starts, so that a kill leaves a trace of it. */
  begin(resource: ResourceState, type: OperationType): PendingOperation {
    const operation: PendingOperation = { resource: { ...resource }, type };
    this.running.push(operation);
    try {
      this.write();
    } catch (error) {
      this.end(operation);
      throw error;
    }
    return operation;
  }

  /** Takes the note away; the caller writes. */
  end(operation: PendingOperation): void {
    this.running.splice(this.running.indexOf(operation), 1);
  }

  /** Operations that an earlier run was killed in. */
  get unresolved(): PendingOperation[] {
    return this.interrupted;
  }

  /** Forgets the operations of an earlier run once they are resolved. */
  resolve(): void {
    this.interrupted = [];
  }

  /** Records a resource of this run, in the place of an old one. */
  record(resource: ResourceState, replaces?: ResourceState): void {
    this.produced.push(resource);
    if (replaces !== undefined) this.done.add(replaces);
  }

  /** Drops a resource. */
  drop(resource: ResourceState): void {
    this.done.add(resource);
  }

  /** Whether the resource is still there. */
  has(resource: ResourceState): boolean {
    return !this.done.has(resource);
  }
}
