/** What every verb needs to know. */
export interface EngineOptions {
  projectDir: string;
  stack: string;
  /** Default: Pulumi.<stack>.yaml in the project directory. */
  configFile?: string;
  /** Directory of the file:// backend. */
  backendDir: string;
  passphrase: string;
  /** Laid over the environment of this process, for the providers and the program. */
  env?: NodeJS.ProcessEnv;
  parallel?: number;
  /** List unchanged resources among the steps, too. */
  includeSame?: boolean;
  /** Stops the run like SIGINT does. */
  signal?: AbortSignal;
  onEvent?: (event: EngineEvent) => void;
}

export type Severity = 'info' | 'warning' | 'error';

export type EngineEvent =
  | { at: number; kind: 'step-start' | 'step-done' | 'step-failed'; op: string; urn: string; error?: string }
  | { at: number; kind: 'diagnostic'; severity: Severity; urn?: string; message: string }
  | { at: number; kind: 'program-output'; line: string };

export interface EngineResult {
  ok: boolean;
  /** In order of completion, without `same` unless `includeSame`; default providers are left out. */
  steps: { op: string; urn: string }[];
  /** Logical steps by kind. */
  summary: Record<string, number>;
  outputs: Record<string, unknown>;
  durationSeconds: number;
}
