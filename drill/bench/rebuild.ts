/**
 * The program's rebuild against the bare critical path. Both clocks begin when the command is given, with the host already dead
 * (detection is not part of it), and end with the first transaction of the same outside client through the public name.
 * In each pair the script goes first, so that both restore exactly what the same incarnation left in the store.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import execa from 'execa';
import { readableUrn } from '../../scripts/engines/engine';
import { runEngine } from '../context';
import { UserError } from '../../scripts/lib/errors';
import type { BenchContext, Benchmark } from './benchmark';
import { writeKit } from './bare-kit';
import { probe } from './prober';
import { figure } from './result';
import type { Stage } from '../stage';
import type { Pair } from './statistics';

/** The whole rebuild, whichever way, ends within this or has failed. */
const LIMIT_MS = 300_000;

export const rebuild: Benchmark = {
  name: 'rebuild',
  what: 'a dead host back by one update, against the same boot, packages, binaries, restore, checks and first public transaction by a straight shell script',
  targets: { rebuild: 1.5 },
  needsCloud: true,
  run: async (context) => {
    const stage = await context.stage();
    const details: Record<string, number[]> = {};
    const note = (name: string, seconds: number) => (details[name] ??= []).push(Number(seconds.toFixed(3)));
    const pairs: Pair[] = [];
    for (let index = 0; index < context.options.rebuilds; index++) {
      context.progress.say(`  rebuild ${index + 1} of ${context.options.rebuilds}: by hand`);
      const [source] = await stage.droplets();
      await stage.kill();
      const baseline = await byHand(stage, context, String(source), note);
      context.progress.say(
        `  rebuild ${index + 1} of ${context.options.rebuilds}: ${baseline.toFixed(1)} s by hand; now the program`,
      );
      await stage.kill();
      const measured = await byProgram(stage, context, note);
      context.progress.say(
        `  rebuild ${index + 1} of ${context.options.rebuilds}: ${measured.toFixed(1)} s by the program, ${(measured / baseline).toFixed(2)} times as long`,
      );
      pairs.push({ measured, baseline });
    }
    return [
      figure(rebuild, {
        name: 'rebuild',
        unit: 's',
        measured: 'program',
        baseline: 'shell script',
        pairs,
        details,
      }),
    ];
  },
};

type Note = (name: string, seconds: number) => void;

/** Seconds until the outside client got through. */
async function timed(stage: Stage, signal: AbortSignal, work: (began: number) => Promise<unknown>): Promise<number> {
  const began = Date.now();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const prober = probe(stage.drill, AbortSignal.any([signal, limit]));
  try {
    await work(began);
    return ((await prober.first) - began) / 1000;
  } catch (error) {
    if (!limit.aborted || error instanceof UserError) throw error;
    throw new UserError(
      `No transaction came through ${stage.drill.forge?.baseUrl} within ${LIMIT_MS / 1000} s.`,
      `What was done is in ${stage.drill.workspace.dir}/drill.log.`,
    );
  } finally {
    prober.stop();
  }
}

async function byHand(stage: Stage, { signal }: BenchContext, source: string, note: Note): Promise<number> {
  const { drill } = stage;
  mkdirSync(drill.workspace.workDir, { recursive: true });
  const kit = await writeKit(drill, drill.workspace.workDir, source);
  return timed(stage, signal, async (began) => {
    const done = await execa('bash', [join(__dirname, 'bare-rebuild.sh'), kit], {
      reject: false,
      timeout: LIMIT_MS,
      all: true,
    });
    drill.workspace.log(done.all ?? '');
    const why = done.timedOut
      ? `it took more than ${LIMIT_MS / 1000} s`
      : done.stderr.trim().split('\n').at(-1) || `exit code ${done.exitCode}`;
    if (done.exitCode !== 0)
      throw new UserError(
        `The rebuild by hand failed: ${why}`,
        `What it printed is in ${drill.workspace.dir}/drill.log.`,
      );
    for (const [, at, what = ''] of done.stdout.matchAll(/^(\d{13}) (.*)$/gm))
      note(`by hand: ${what.replace(/\d+/g, 'n')}`, (Number(at) - began) / 1000);
  });
}

async function byProgram(stage: Stage, { signal }: BenchContext, note: Note): Promise<number> {
  const { drill } = stage;
  const ended: Array<[string, number]> = [];
  const seconds = await timed(stage, signal, async (began) => {
    const watched = {
      ...drill,
      workspace: {
        ...drill.workspace,
        log: (line: string) => {
          drill.workspace.log(line);
          noteStep(line, began, ended);
        },
      },
    };
    await runEngine(watched, 'up', { refresh: true });
    note('program: protected again', (Date.now() - began) / 1000);
  });
  for (const [name, at] of ended) note(`program: ${name}`, at);
  return seconds;
}

/** Remembers when a step on the way ended. */
function noteStep(line: string, began: number, ended: Array<[string, number]>): void {
  if (!line.startsWith('{')) return;
  const event = JSON.parse(line) as { kind: string; op?: string; urn?: string; at: number };
  if (event.kind !== 'step-done' || !event.op?.startsWith('create')) return;
  ended.push([readableUrn(event.urn ?? ''), (event.at - began) / 1000]);
}
