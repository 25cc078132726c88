/** The engine port: what fleet asks of Pulumi, whichever engine answers. */
import type { StackRef } from '../lib/project';

/** One finished operation on one resource. Both engines give the same sequence for the same program and history. */
export interface Step {
  op: string;
  urn: string;
}

export type EngineEvent = { at: number } & (
  | {
      kind: 'step-start' | 'step-done' | 'step-failed';
      op: string;
      urn: string;
      error?: string;
      /** Id of what was made, where the engine says it. */ id?: string;
    }
  | { kind: 'diagnostic'; severity: 'info' | 'warning' | 'error'; urn?: string; message: string }
  | { kind: 'program-output'; line: string }
);

export interface RunOptions {
  refresh?: boolean;
  parallel?: number;
  onEvent?: (event: EngineEvent) => void;
  signal?: AbortSignal;
}

export interface RunResult {
  ok: boolean;
  /** In order of completion, without resources that stayed the same. */
  steps: Step[];
  summary: Record<string, number>;
  outputs: Record<string, unknown>;
  durationSeconds: number;
  /** Messages of severity error, for the caller to show. */
  errors: string[];
}

export type EngineName = 'pulumi' | 'embedded';

export interface Engine {
  readonly name: EngineName;
  /** As the output names it, with its version. */
  readonly label: string;
  /** Makes the stack where the backend does not have it yet; whether it had to. */
  init(stack: StackRef): Promise<boolean>;
  preview(stack: StackRef, options?: RunOptions): Promise<RunResult>;
  up(stack: StackRef, options?: RunOptions): Promise<RunResult>;
  refresh(stack: StackRef, options?: RunOptions): Promise<RunResult>;
  destroy(stack: StackRef, options?: RunOptions): Promise<RunResult>;
  outputs(stack: StackRef, options?: { showSecrets?: boolean }): Promise<Record<string, unknown>>;
  /** As `pulumi stack export` prints it. */
  exportState(stack: StackRef): Promise<object>;
  /** Takes a state that was exported, and changed, in the place of the one that is there. */
  importState(stack: StackRef, state: object): Promise<void>;
}

/** Name and type of a URN, as a person reads them: `DnsRecord alpha`. */
export function readableUrn(urn: string): string {
  const [, , qualified = '', ...name] = urn.replace(/^urn:pulumi:/, '').split('::');
  const type = qualified.split('$').pop() ?? '';
  return `${type.split(':').pop()} ${name.join('::')}`;
}
