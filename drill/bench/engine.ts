/**
 * What the engine itself takes for a resource, by how many there are: many small resources against an API in this process that
 * answers at once. The start of the program, measured by itself, is taken off.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { UserError } from '../../scripts/lib/errors';
import { projectDir, type StackRef } from '../../scripts/lib/project';
import type { BenchContext, Benchmark } from './benchmark';
import { figure } from './result';
import { interleaved } from './statistics';

const FEW = 100;
const MANY = 400;

export const engine: Benchmark = {
  name: 'engine',
  what: `the engine’s own time for a resource in a stack of ${MANY}, against one of ${FEW}: tags at an API that answers at once`,
  targets: {},
  needsCloud: false,
  run: async (context) => {
    const server = await tagsApi();
    const dir = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
    const starts: number[] = [];
    const perResource = async (count: number) => {
      const start = await upOnce(dir, server, 1, context);
      starts.push(start);
      // A millisecond at least: a ratio of nothing says nothing.
      return (Math.max(0.001, (await upOnce(dir, server, count, context)) - start) / (count - 1)) * 1000;
    };
    try {
      const pairs = await interleaved(
        context.options.pairs,
        { measured: () => perResource(MANY), baseline: () => perResource(FEW) },
        ({ measured, baseline }) =>
          context.progress.say(
            `  ${measured.toFixed(1)} ms a resource of ${MANY}, ${baseline.toFixed(1)} ms of ${FEW}`,
          ),
      );
      return [
        figure(engine, {
          name: 'time per resource',
          unit: 'ms',
          measured: `of ${MANY}`,
          baseline: `of ${FEW}`,
          pairs,
          details: { 'start, s': starts },
        }),
      ];
    } finally {
      server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** Seconds of one `up` from nothing. */
async function upOnce(dir: string, server: Server, count: number, { chosen, signal }: BenchContext): Promise<number> {
  const project = mkdtempSync(join(dir, 'project-'));
  const backendDir = join(project, 'state');
  mkdirSync(backendDir);
  writeFileSync(
    join(project, 'Pulumi.yaml'),
    'name: bench\nruntime:\n  name: nodejs\n  options: { typescript: false }\n',
  );
  writeFileSync(join(project, 'package.json'), '{"name":"bench","private":true,"main":"index.js"}\n');
  writeFileSync(
    join(project, 'index.js'),
    `const { Tag } = require('@pulumi/digitalocean');\nError.prepareStackTrace = undefined;\nfor (let n = 0; n < ${count}; n++) new Tag('tag-' + n, { name: 'tag-' + n });\n`,
  );
  symlinkSync(join(projectDir, 'node_modules'), join(project, 'node_modules'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stack: StackRef = {
    projectDir: project,
    stack: 'bench',
    configFile: join(project, 'Pulumi.bench.yaml'),
    backendDir,
    passphrase: 'bench',
    env: { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_TOKEN: 'none' },
  };
  const began = performance.now();
  const result = await chosen.engine.up(stack, { signal });
  if (!result.ok) throw new UserError(`The engine could not make ${count} tags: ${result.errors[0]}`);
  return (performance.now() - began) / 1000;
}

/** DigitalOcean's tags and nothing else. */
async function tagsApi(): Promise<Server> {
  const none = { count: 0, last_tagged_uri: '' };
  const view = (name: string) => ({
    tag: {
      name,
      resources: { count: 0, droplets: none, images: none, volumes: none, volume_snapshots: none, databases: none },
    },
  });
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => {
      const name =
        request.method === 'POST'
          ? (JSON.parse(body) as { name: string }).name
          : decodeURIComponent(basename(request.url ?? ''));
      response
        .writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(view(name)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
