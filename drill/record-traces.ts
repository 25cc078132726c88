/**
 * Records what the official engine does in the histories of test/engine/parity, as the data that the embedded engine is held
 * against: `history` is a small program against test servers, `fleet` the real one on an embedded cloud (root, 6 minutes).
 * Needs the official CLI with the providers of package.json's versions; run both after raising one of them:
 *
 *     node --import tsx drill/record-traces.ts [--of history|fleet] [--engine embedded] [--out FILE]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tellFleet } from '../test/engine/parity/fleet';
import { tell, TRACES } from '../test/engine/parity/scenario';
import { chooseEngine, type EngineChoice } from '../scripts/engines/choose';
import { readableUrn } from '../scripts/engines/engine';
import { projectDir } from '../scripts/lib/project';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      of: { type: 'string', default: 'history' },
      engine: { type: 'string', default: 'pulumi' },
      out: { type: 'string' },
    },
  });
  const { engine } = await chooseEngine(values.engine as EngineChoice);
  // A plugin on PATH is taken whatever its version, and may be a build of one's own: the data says so.
  const fromPath = new Set<string>();
  const told = { history: tell, fleet: tellFleet }[values.of];
  if (!told) throw new Error('--of is history or fleet');
  const runs = await told(engine, (event) => {
    const name =
      event.kind === 'diagnostic' ? /using pulumi-resource-([\w-]+) from \$PATH/.exec(event.message)?.[1] : undefined;
    if (name) fromPath.add(name);
    if (event.kind === 'diagnostic' && event.severity !== 'info')
      process.stderr.write(`${event.severity}: ${event.message}\n`);
    if (event.kind === 'step-done') process.stderr.write(`${event.op} ${readableUrn(event.urn)}\n`);
  });
  const { dependencies } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const packages = Object.fromEntries(
    ['pulumi', 'digitalocean', 'cloudflare', 'command'].map((name) => [name, dependencies[`@pulumi/${name}`]]),
  );
  mkdirSync(TRACES, { recursive: true });
  const file = values.out ?? join(TRACES, `${values.of}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ engine: engine.label, packages, pluginsFromPath: [...fromPath].sort(), runs }, null, 1)}\n`,
  );
  process.stdout.write(
    `${file}: ${runs.length} runs, ${runs.reduce((sum, { steps }) => sum + steps.length, 0)} steps\n`,
  );
}

void main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
