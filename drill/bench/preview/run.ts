/** One preview in a process of its own, so that its memory is its own: `run.ts STACK-REFERENCE-AS-JSON ENGINE`. Prints what it saw as JSON. */
import type { StackRef } from '../../../scripts/lib/project';
import { chooseEngine, type EngineChoice } from '../../../scripts/engines/choose';

async function main([ref = '', choice = 'auto']: string[]): Promise<void> {
  const { engine } = await chooseEngine(choice as EngineChoice);
  const began = performance.now();
  const result = await engine.preview(JSON.parse(ref) as StackRef);
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(
    `${JSON.stringify({ ok: result.ok, seconds, resources: result.steps.length, error: result.errors[0] ?? null })}\n`,
  );
}

void main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
