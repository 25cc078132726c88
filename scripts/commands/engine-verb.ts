/** What up, preview, refresh and destroy have in common: the options, the progress and the account of what was done. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Declaration } from '../../stacks';
import type { Guarded } from '../engines/account';
import type { EngineChoice } from '../engines/choose';
import { readableUrn, type Engine, type EngineEvent, type RunResult } from '../engines/engine';
import { EXIT, Interrupted, UserError } from '../lib/errors';
import type { Progress } from '../lib/progress';
import type { StackRef } from '../lib/project';
import { withPulumiFlags } from './pulumi-flags';

export interface VerbOptions {
  stack: string;
  engine: EngineChoice;
  refresh?: boolean;
  parallel?: number;
  yes?: boolean;
  json?: boolean;
  eventLog?: string;
}

export const engineOption = () =>
  new Option('--engine <which>', 'auto takes the official Pulumi CLI where it is installed')
    .choices(['auto', 'pulumi', 'embedded'])
    .default('auto');

/** A whole number of at least 1. */
export function positive(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(value);
}

/** Adds the options of every engine verb. */
export function withVerbOptions(command: Command): Command {
  const own = command
    .requiredOption('-s, --stack <name>', 'stack to work on')
    .addOption(engineOption())
    .option('-p, --parallel <n>', 'resources worked on at once', positive)
    .option('-y, --yes', 'do it without being asked; only destroy wants it')
    .option('--event-log <file>', 'write what the engine does to a file, one JSON object a line, as it happens')
    .option('-j, --json', 'print the result as JSON');
  return withPulumiFlags(own);
}

type Verb = 'preview' | 'up' | 'refresh' | 'destroy';

/** Runs one verb, shows its progress and prints what it did; a failed run ends in exit code 1. */
export async function runVerb(verb: Verb, options: VerbOptions): Promise<void> {
  const { stackRef } = await import('../lib/project');
  const { declarationOf } = await import('../init/init');
  const { chooseEngine } = await import('../engines/choose');
  const { Progress } = await import('../lib/progress');
  const { requireTokens } = await import('../engines/tokens');
  const { eventLog } = await import('../engines/event-log');
  const { tokensOf } = await import('../lib/stack-tokens');
  const { guarded } = await import('../engines/account');
  const { clearHalfMade, accountIn, onceMore } = await import('../engines/half-made');

  const declaration = declarationOf(options.stack);
  const stack = stackRef(options.stack);
  const log = eventLog(options.eventLog);
  // With a refresh the cloud is read before the program could look whether it may be.
  const looks = options.refresh || verb === 'refresh' || verb === 'destroy';
  const tokens = { ...tokensOf(stack.configFile), uptime: declaration.uptime !== null };
  if (looks) await requireTokens(tokens);
  if (verb === 'up') await (await import('../doctor/first')).refuseUnfit(options.stack);
  const { engine, reason } = await chooseEngine(options.engine);
  const progress = new Progress();
  const abort = new AbortController();
  const interrupt = () => {
    progress.say('interrupted: letting running steps finish (again to stop at once)');
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
    abort.abort();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  progress.begin(verb, `stack ${options.stack}, ${engine.label} (${reason})`);
  let result: RunResult;
  let again: string[] = [];
  let guard: Guarded | undefined;
  let lease: { release(): Promise<void> } | undefined;
  try {
    // An update takes it itself, also where it is typed by hand.
    if (verb === 'refresh' || verb === 'destroy')
      lease = await (await import('../lib/stack-lease')).leaseOf(options.stack, (line) => progress.say(line));
    guard = looks ? await guarded(engine, stack, tokens, verb === 'preview', (line) => progress.say(line)) : undefined;
    const ordered: string[] = [];
    const onEvent = (event: EngineEvent) => {
      log(event);
      show(event, progress);
      if (event.kind === 'step-start' && event.op.startsWith('create')) ordered.push(event.urn);
    };
    const run = (refresh?: boolean) =>
      engine[verb](guard?.stack ?? stack, { refresh, parallel: options.parallel, signal: abort.signal, onEvent });
    result = await run(options.refresh);
    if (verb === 'up' && !result.ok && !abort.signal.aborted) {
      const machines = accountIn(tokens);
      result = await onceMore(
        result,
        async () => (machines ? clearHalfMade(engine, stack, ordered, machines) : []),
        () => run(true),
        (line) => progress.say(line),
      );
    }
    if (guard && (verb === 'refresh' || !result.ok)) again = await guard.after(verb === 'refresh' ? [] : result.steps);
  } finally {
    guard?.end();
    await lease?.release();
    progress.stop();
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
  if (abort.signal.aborted) throw new Interrupted();
  await conclude(verb, options, { declaration, stack, engine, result, again });
}

/** Shows what the engine does as it happens. */
function show(event: EngineEvent, progress: Pick<Progress, 'say' | 'waiting'>): void {
  if (event.kind === 'step-start') progress.waiting(`${event.op} ${readableUrn(event.urn)}`);
  else if (event.kind === 'step-done') progress.say(`${event.op} ${readableUrn(event.urn)}`);
  // What the program says of itself has no resource; a command's output has one.
  else if (event.kind === 'diagnostic' && (event.severity !== 'info' || event.urn === undefined))
    progress.say(`${event.severity}: ${event.message}`);
}

interface Run {
  declaration: Declaration;
  stack: StackRef;
  engine: Engine;
  result: RunResult;
  /** What is in the state again. */
  again: string[];
}

/** Prints what a run did; one that failed ends in an error with what to do. */
async function conclude(
  verb: Verb,
  options: VerbOptions,
  { declaration, stack, engine, result, again }: Run,
): Promise<void> {
  const { costLine, monthlyCost } = await import('../lib/monthly-cost');
  const { staleKit } = await import('../kit/note');
  const { advice } = await import('../engines/advice');
  // What a preview refused may name a size that has no price.
  const cost = verb === 'preview' && result.ok ? monthlyCost(declaration, stack.configFile) : undefined;
  if (options.json)
    process.stdout.write(`${JSON.stringify({ stack: options.stack, verb, engine: engine.name, ...result, cost })}\n`);
  else
    process.stdout.write(
      `${[account(verb, result, engine.label), ...(result.ok ? again : []), ...(cost ? [costLine(cost)] : []), staleKit(stack)].filter((line) => line !== undefined).join('\n')}\n`,
    );
  if (!result.ok)
    throw new UserError(
      result.errors[0] ?? `${verb} of stack ${options.stack} failed.`,
      [...result.errors.slice(1), ...again, ...advice(result.errors)].join('\n       ') || undefined,
    );
}

function account(verb: string, result: RunResult, label: string): string {
  const count = new Map<string, number>();
  for (const { op } of result.steps) count.set(op, (count.get(op) ?? 0) + 1);
  const done =
    [...count].map(([op, n]) => `${n} ${op}`).join(', ') || (result.ok ? 'nothing to change' : 'nothing was changed');
  return `${result.ok ? 'done' : 'failed'}: ${verb}: ${done} in ${result.durationSeconds.toFixed(1)} s (${label})`;
}
