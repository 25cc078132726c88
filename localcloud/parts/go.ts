import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import { installPackages } from '../debian';
import type { Paths } from '../paths';
import { artifactName, ownSums, release, tarOf } from './artifact';
import type { Part } from './part';

const GITEA = { module: 'code.gitea.io/gitea', version: '1.26.4', tags: 'sqlite sqlite_unlock_notify' };
/** Not among the files of the release. */
const ASSETS = '.assets';
const VERSITYGW = { module: 'github.com/versity/versitygw', version: '1.8.0' };
/** Let's Encrypt's own test server. */
const PEBBLE = { module: 'github.com/letsencrypt/pebble/v2', version: '2.10.3' };
const RUNNER = { module: 'gitea.com/gitea/runner', version: '1.0.8' };
const OLLAMA = { module: 'github.com/ollama/ollama', version: '0.17.4' };
/** Carries the one header that Ollama's module leaves out and Debian does not have. */
const MINIAUDIO = { module: 'github.com/gen2brain/malgo', version: '0.11.24' };
const BUILD_TIMEOUT_MS = 45 * 60_000;

/** Go's own caches, inside the cache directory; they are safe to reuse after a killed build and go away after a good one. */
export const goCaches = ({ build }: Paths) => [join(build, 'go-modules'), join(build, 'go-cache')];

function goEnvironment(paths: Paths, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const [modules, cache] = goCaches(paths);
  return {
    ...process.env,
    GOMODCACHE: modules,
    GOCACHE: cache,
    GOFLAGS: '-modcacherw -buildvcs=false',
    GOWORK: 'off',
    ...extra,
  };
}

/** A module's own source in a folder that can be written to, so that its own go.mod, replacements and checksums hold. */
async function sourceOf(module: string, version: string, work: string, env: NodeJS.ProcessEnv): Promise<string> {
  const found = JSON.parse(
    await run('go', ['mod', 'download', '-json', `${module}@v${version}`], {
      cwd: work,
      env,
      timeoutMs: BUILD_TIMEOUT_MS,
    }),
  ) as { Dir: string };
  const source = join(work, 'source');
  cpSync(found.Dir, source, { recursive: true });
  return source;
}

/**
 * Gitea as it is released, but for what its release carries inside: templates, translations and pictures lie beside it, as a layer of every host's
 * disk, and the module has no built JavaScript. Everything else of the forge is complete.
 */
export function gitea(paths: Paths): Part {
  const { module, version, tags } = GITEA;
  const label = artifactName('gitea', version);
  return {
    title: `Building Gitea ${version} (a few minutes, once)`,
    isBuilt: true,
    target: join(paths.artifacts, label),
    make: async (work) => {
      const env = goEnvironment(paths, { CGO_ENABLED: '1' });
      const source = await sourceOf(module, version, work, env);
      const program = join(work, `gitea-${version}-linux-amd64`);
      const flags = `-s -w -X "main.Version=${version}" -X "main.Tags=${tags}"`;
      await run('nice', ['go', 'build', '-trimpath', '-tags', tags, '-ldflags', flags, '-o', program, '.'], {
        cwd: source,
        env,
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      const folder = await release(work, label, program, ownSums);
      for (const name of ['templates', 'options', 'public'])
        cpSync(join(source, name), join(folder, ASSETS, 'usr/local/share/gitea', name), { recursive: true });
      return folder;
    },
  };
}

/** The layer of every host's disk that brings what Gitea's release carries inside. */
export const giteaAssets = ({ artifacts }: Paths) => join(artifacts, artifactName('gitea', GITEA.version), ASSETS);

export const versitygwBinary = ({ tools }: Paths) => join(tools, `versitygw-${VERSITYGW.version}`);

/** The S3 server of the embedded cloud; it runs on this machine, not on hosts. */
export const versitygw = (paths: Paths): Part =>
  tool(
    paths,
    `the S3 server versitygw ${VERSITYGW.version} (a minute or two, once)`,
    versitygwBinary(paths),
    VERSITYGW,
    'versitygw',
  );

/** The same as its makers publish it, for hosts that are a store. */
export function versitygwRelease(paths: Paths): Part {
  const { version } = VERSITYGW;
  const label = artifactName('versitygw', version);
  return {
    title: `Packing versitygw ${version}`,
    target: join(paths.artifacts, label),
    make: async (work) => {
      const name = `versitygw_v${version}_Linux_x86_64`;
      mkdirSync(join(work, 'tree', name), { recursive: true });
      cpSync(versitygwBinary(paths), join(work, 'tree', name, 'versitygw'));
      const archive = await tarOf(join(work, `${name}.tar.gz`), join(work, 'tree'), [name], '--gzip');
      return release(work, label, archive, (file, hash) => ({ name: 'checksums.txt', content: `${hash}  ${file}\n` }));
    },
  };
}

export const pebbleBinary = ({ tools }: Paths) => join(tools, `pebble-${PEBBLE.version}`);

/** The ACME server of the embedded cloud. */
export const pebble = (paths: Paths): Part =>
  tool(paths, `the ACME server Pebble ${PEBBLE.version} (half a minute, once)`, pebbleBinary(paths), PEBBLE, 'pebble');

/** A program of this machine that its module's own go.mod builds. */
function tool(
  paths: Paths,
  what: string,
  target: string,
  { module, version }: { module: string; version: string },
  program: string,
): Part {
  return {
    title: `Building ${what}`,
    isBuilt: true,
    target,
    make: async (work) => {
      await run('nice', ['go', 'install', '-trimpath', '-ldflags', '-s -w', `${module}/cmd/${program}@v${version}`], {
        cwd: work,
        env: goEnvironment(paths, { CGO_ENABLED: '0', GOBIN: work }),
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      return join(work, program);
    },
  };
}

/** The runner of the forge's Actions. Its module cannot be installed by its path, so it is a tool of a module made for that. */
export function actionsRunner(paths: Paths): Part {
  const { module, version } = RUNNER;
  const label = artifactName('gitea-runner', version);
  return {
    title: `Building the Actions runner ${version} (a minute or five, once)`,
    isBuilt: true,
    target: join(paths.artifacts, label),
    make: async (work) => {
      const env = goEnvironment(paths, { CGO_ENABLED: '0' });
      const program = join(work, `gitea-runner-${version}-linux-amd64`);
      writeFileSync(join(work, 'go.mod'), 'module build\n\ngo 1.26\n');
      await run('go', ['get', '-tool', `${module}@v${version}`], { cwd: work, env, timeoutMs: BUILD_TIMEOUT_MS });
      await run('nice', ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', program, module], {
        cwd: work,
        env,
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      return release(work, label, program, ownSums);
    },
  };
}

/** Debian packages with headers that a Go module cannot carry, because they lie in a folder called vendor; and what packs its release. */
const OLLAMA_PACKAGES = ['nlohmann-json3-dev', 'libstb-dev', 'zstd'];

/** Ollama for the processor alone, whose code is in the program and not in libraries beside it. */
export function ollama(paths: Paths): Part {
  const { module, version } = OLLAMA;
  const label = artifactName('ollama', version);
  return {
    title: `Building Ollama ${version} (many minutes, once)`,
    isBuilt: true,
    target: join(paths.artifacts, label),
    make: async (work) => {
      const env = goEnvironment(paths, { CGO_ENABLED: '1' });
      const download = async (name: string) =>
        (
          JSON.parse(
            await run('go', ['mod', 'download', '-json', name], { cwd: work, env, timeoutMs: BUILD_TIMEOUT_MS }),
          ) as { Dir: string }
        ).Dir;
      const source = join(work, 'source');
      const tree = join(work, 'tree');
      const headers = join(work, 'include');
      await installPackages(OLLAMA_PACKAGES);
      mkdirSync(join(headers, 'miniaudio'), { recursive: true });
      cpSync(
        join(await download(`${MINIAUDIO.module}@v${MINIAUDIO.version}`), 'miniaudio.h'),
        join(headers, 'miniaudio/miniaudio.h'),
      );
      await sourceOf(module, version, work, env);
      const flags = `-s -w -X=${module}/version.Version=${version}`;
      await run(
        'nice',
        ['-n', '15', 'go', 'build', '-trimpath', '-ldflags', flags, '-o', join(tree, 'bin/ollama'), '.'],
        {
          cwd: source,
          env: { ...env, CGO_CPPFLAGS: `-I${headers}` },
          timeoutMs: BUILD_TIMEOUT_MS,
        },
      );
      mkdirSync(join(tree, 'lib/ollama/cuda_v12'), { recursive: true });
      writeFileSync(join(tree, 'lib/ollama/libggml-base.so'), '');
      // What a host without GPUs leaves in the archive.
      writeFileSync(join(tree, 'lib/ollama/cuda_v12/libggml-cuda.so'), '');
      const archive = await tarOf(
        join(work, 'ollama-linux-amd64.tar.zst'),
        tree,
        ['bin/ollama', 'lib/ollama'],
        '--zstd',
      );
      return release(work, label, archive, (file, hash) => ({
        name: 'sha256sum.txt',
        content: `${hash}  ./${file}\n`,
      }));
    },
  };
}
