/** Turns the official CLI's event lines (`pulumi up --json`) into the port's events and steps. Pure. */
import type {
  DiagnosticEvent,
  EngineEvent as CliEvent,
  StepEventMetadata as Metadata,
} from '@pulumi/pulumi/automation/events';
import type { EngineEvent, Step } from './engine';
import { wordsOf } from './words';

/** Operations that change nothing. */
const QUIET = new Set(['same', 'read']);

/** Collects the lines of one run. */
export class Trace {
  readonly steps: Step[] = [];
  readonly errors: string[] = [];
  summary: Record<string, number> = {};

  constructor(private readonly emit: (event: EngineEvent) => void = () => undefined) {}

  /** Takes one line of output; what is not an event is a line of the CLI itself and goes through as such. */
  line(text: string, at = Date.now()): void {
    if (text.trim() === '') return;
    let event: CliEvent;
    try {
      event = JSON.parse(text) as CliEvent;
    } catch {
      this.emit({ at, kind: 'program-output', line: text });
      return;
    }
    this.event(event, at);
  }

  private event(event: CliEvent, at: number): void {
    if (event.resourcePreEvent) {
      const { op, urn } = event.resourcePreEvent.metadata;
      if (!QUIET.has(op) && op !== 'refresh') this.emit({ at, kind: 'step-start', op, urn });
      // A component is done once it is registered; its outputs come at the end of the run and are no step of their own.
      if (!isCustom(event.resourcePreEvent.metadata)) this.done(event.resourcePreEvent.metadata, at);
    } else if (event.resOutputsEvent) {
      if (isCustom(event.resOutputsEvent.metadata)) this.done(event.resOutputsEvent.metadata, at);
    } else if (event.resOpFailedEvent) {
      const { op, urn } = event.resOpFailedEvent.metadata;
      this.emit({ at, kind: 'step-failed', op, urn });
    } else if (event.diagnosticEvent) {
      this.diagnostic(event.diagnosticEvent, at);
    } else if (event.summaryEvent) {
      this.summary = { ...event.summaryEvent.resourceChanges };
    }
  }

  private done(metadata: Metadata, at: number): void {
    const { op, urn } = metadata;
    // Every resource is read before the program starts; only what is gone or different was a finding.
    if (QUIET.has(op) || (op === 'refresh' && !changed(metadata))) return;
    this.steps.push({ op, urn });
    this.emit({ at, kind: 'step-done', op, urn, ...(metadata.new?.id ? { id: metadata.new.id } : {}) });
  }

  private diagnostic(event: DiagnosticEvent, at: number): void {
    // With --debug; the SDK's type does not know it.
    if ((event.severity as string) === 'debug') return;
    const severity = event.severity === 'error' || event.severity === 'warning' ? event.severity : 'info';
    const message = wordsOf(event.message);
    if (severity === 'error' && message) this.errors.push(message);
    this.emit({ at, kind: 'diagnostic', severity, urn: event.urn, message });
  }
}

const isCustom = ({ old, new: now }: Metadata): boolean => (now ?? old)?.custom === true;

/** A provider that compared what it read and named no difference saw nothing but another way to write the same. */
const changed = ({ old, new: now, detailedDiff }: Metadata): boolean =>
  !now ||
  (!(detailedDiff && Object.keys(detailedDiff).length === 0) &&
    JSON.stringify(old?.outputs) !== JSON.stringify(now.outputs));
