/** Time and memory of a preview, by the number of hosts in one stack. No host is booted and no API is asked: everything is new. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declarations } from '../../stacks';
import { NAMESPACE } from '../../stacks/model/settings';
import { initStack } from '../../scripts/init/init';
import { UserError } from '../../scripts/lib/errors';
import { projectDir, type StackRef } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';
import type { BenchContext, Benchmark } from './benchmark';
import { projectOf } from '../program/project';
import { runAndWatch } from './memory';
import { generated } from './preview/generated';
import { figure, type Figure } from './result';
import { interleaved, type Pair } from './statistics';

const SIZES = [10, 50, 200];
const PASSPHRASE = 'bench';

export const preview: Benchmark = {
  name: 'preview',
  what: 'preview of 10, 50 and 200 hosts in one stack, each with its forge, proxy and agent, against that of one host: time, and memory of engine and program together',
  targets: { '50 hosts, time': 3, '200 hosts, time': 8 },
  needsCloud: false,
  run: async (context) => {
    const dir = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
    try {
      const figures: Figure[] = [];
      for (const hosts of SIZES) figures.push(...(await against(dir, hosts, context)));
      return figures;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

async function against(dir: string, hosts: number, context: BenchContext): Promise<Figure[]> {
  const [one, many] = [await stackOf(dir, 1), await stackOf(dir, hosts)];
  const memory: Array<Partial<Pair>> = [];
  const resources: number[] = [];
  const measure = async (stack: StackRef, side: keyof Pair) => {
    const seen = await previewOnce(stack, context);
    const last = memory.at(-1);
    if (last && last[side] === undefined) last[side] = seen.mebibytes;
    else memory.push({ [side]: seen.mebibytes });
    if (side === 'measured') resources.push(seen.resources);
    return seen.seconds;
  };
  // The first run fills caches that every later one finds.
  await previewOnce(one, context);
  const pairs = await interleaved(context.options.pairs, {
    measured: () => measure(many, 'measured'),
    baseline: () => measure(one, 'baseline'),
  });
  context.progress.say(
    `  ${hosts} hosts: ${pairs.map(({ measured, baseline }) => `${measured.toFixed(2)} s / ${baseline.toFixed(2)} s`).join(', ')}`,
  );
  const of = { measured: `${hosts} hosts`, baseline: '1 host' };
  return [
    figure(preview, {
      ...of,
      name: `${hosts} hosts, time`,
      unit: 's',
      pairs,
      details: { resources },
    }),
    figure(preview, { ...of, name: `${hosts} hosts, memory`, unit: 'MiB', pairs: memory as Pair[] }),
  ];
}

async function previewOnce(
  stack: StackRef,
  { chosen, signal }: BenchContext,
): Promise<{ seconds: number; resources: number; mebibytes: number }> {
  const { stdout, stderr, code, mebibytes } = await runAndWatch(
    process.execPath,
    // As bin/fleet starts it.
    [
      '--max-semi-space-size=64',
      '--min-semi-space-size=64',
      '--import',
      `file://${projectDir}/node_modules/tsx/dist/loader.mjs`,
      join(__dirname, 'preview/run.ts'),
      JSON.stringify(stack),
      chosen.engine.name,
    ],
    { cwd: projectDir, env: { ...process.env, TSX_TSCONFIG_PATH: join(projectDir, 'tsconfig.json') }, signal },
  );
  if (code !== 0) throw new UserError(`A preview of ${stack.stack} failed: ${stderr.trim().split('\n').at(-1)}`);
  const { ok, error, seconds, resources } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    ok: boolean;
    error: string | null;
    seconds: number;
    resources: number;
  };
  if (!ok) throw new UserError(`A preview of ${stack.stack} failed: ${error}`);
  return { seconds, resources, mebibytes };
}

/** A project of its own that runs the program on the generated declaration, and the stack `bench-N` in it. */
async function stackOf(dir: string, hosts: number): Promise<StackRef> {
  const stack = `bench-${hosts}`;
  const declaration = (declarations[stack] = generated(stack, hosts));
  const project = projectOf(join(dir, stack), [declaration]);
  const configFile = join(project, `Pulumi.${stack}.yaml`);
  const backendDir = join(dir, 'state');
  // Nothing listens there, and there are no tokens, as in CI: a preview of what is new asks nobody.
  const nowhere = 'http://127.0.0.1:9';
  const ref: StackRef = {
    projectDir: project,
    stack,
    configFile,
    backendDir,
    passphrase: PASSPHRASE,
    env: { DIGITALOCEAN_API_URL: nowhere, CLOUDFLARE_BASE_URL: `${nowhere}/client/v4` },
  };
  mkdirSync(backendDir, { recursive: true });
  const file = await StackFile.open(configFile, PASSPHRASE);
  file.setPlain(`${NAMESPACE}:zone`, { id: '0'.repeat(32), name: 'bench.test' });
  file.setPlain(`${NAMESPACE}:store`, { endpoint: nowhere, region: 'us-east-1', bucketPrefix: 'fleet' });
  file.setPlain(`${NAMESPACE}:forgeAdmin`, { name: 'admin', email: 'admin@bench.test' });
  await initStack(stack, file, async () => 'store-administrator');
  file.save();
  return ref;
}
