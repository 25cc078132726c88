import { isProviderType, parseUrn } from './urn';
import { Redactor } from './redact';
import { EngineEvent, EngineOptions, Severity } from './types';

/** Steps that say what happened to a resource; the others are parts of a replacement. */
const LOGICAL: Record<string, string> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  replace: 'replace',
  same: 'same',
};

/** Engine errors carry no stack; the program's own do. */
function withoutStack(message: string): string {
  return message
    .split('\n')
    .filter((line) => !/^\s+at .*(:\d+|\(.*\)|<anonymous>)/.test(line))
    .join('\n')
    .trim();
}

/** What the SDK prints about itself when its engine tells it to end. */
const SDK_FAREWELL =
  /^(\s+at .*|failed to deliver log message.*|(error|original message): Error: Channel has been shut down|\s*message severity: \w+)$/;

/** Collects what a run did and passes it on as events, with the secrets taken out. */
export class Reporter {
  readonly steps: { op: string; urn: string }[] = [];
  readonly summary: Record<string, number> = {};
  readonly redactor = new Redactor();
  private failed = false;

  constructor(private readonly options: Pick<EngineOptions, 'onEvent' | 'includeSame'>) {}

  /** Whether anything failed so far. */
  get hasFailed(): boolean {
    return this.failed;
  }

  start(op: string, urn: string): void {
    if (!this.isHidden(op, urn)) this.emit({ at: Date.now(), kind: 'step-start', op, urn });
  }

  done(op: string, urn: string): void {
    const provider = isDefaultProvider(urn);
    const logical = LOGICAL[op];
    if (!provider && logical !== undefined) this.summary[logical] = (this.summary[logical] ?? 0) + 1;
    if (this.isHidden(op, urn)) return;
    this.steps.push({ op, urn });
    this.emit({ at: Date.now(), kind: 'step-done', op, urn });
  }

  /** A read of an existing resource. Inside another verb it is no change of its own, but a finding. */
  refreshed(urn: string, result: 'same' | 'update' | 'delete', ownVerb: boolean): void {
    if (isDefaultProvider(urn)) return;
    if (ownVerb) this.summary[result] = (this.summary[result] ?? 0) + 1;
    if (result !== 'same' || this.options.includeSame) this.steps.push({ op: ownVerb ? result : 'refresh', urn });
    this.emit({ at: Date.now(), kind: 'step-done', op: ownVerb ? result : 'refresh', urn });
  }

  stepFailed(op: string, urn: string, error: string): void {
    this.failed = true;
    this.emit({ at: Date.now(), kind: 'step-failed', op, urn, error: this.tidy(error) });
  }

  /** Says something; an error that the program only logged does not fail the run. */
  diagnostic(severity: Severity, message: string, urn?: string): void {
    const text = this.tidy(message);
    if (text !== '')
      this.emit({ at: Date.now(), kind: 'diagnostic', severity, ...(urn ? { urn } : {}), message: text });
  }

  /** Reports an error of the engine, which fails the run. */
  error(message: string, urn?: string): void {
    this.failed = true;
    this.diagnostic('error', message, urn);
  }

  /** Marks the run as failed where the reason was shown already. */
  fail(): void {
    this.failed = true;
  }

  output(line: string): void {
    if (this.failed && SDK_FAREWELL.test(line.trimEnd())) return;
    this.emit({ at: Date.now(), kind: 'program-output', line: this.redactor.clean(line) });
  }

  private tidy(message: string): string {
    return this.redactor.clean(withoutStack(message));
  }

  private isHidden(op: string, urn: string): boolean {
    return isDefaultProvider(urn) || (op === 'same' && this.options.includeSame !== true);
  }

  private emit(event: EngineEvent): void {
    this.options.onEvent?.(event);
  }
}

/** Default providers come and go with their package; nobody asked for them by name. */
export function isDefaultProvider(urn: string): boolean {
  const { type, name } = parseUrn(urn);
  return isProviderType(type) && /^default(_|$)/.test(name);
}
