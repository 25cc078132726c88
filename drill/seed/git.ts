/** Git over HTTPS to the forge: address, trust and password go through the environment, never through arguments. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import execa from 'execa';
import type { Resolve } from '../../scripts/lib/http';

export interface GitAccess {
  baseUrl: string;
  user: string;
  token: string;
  ca?: string;
  resolve?: Resolve;
  /** Folder for the authority's file. */
  workDir: string;
}

/** Environment for `git` that reaches the forge and nothing of this machine's own configuration. */
export async function gitEnvironment(access: GitAccess): Promise<Record<string, string>> {
  const url = new URL(access.baseUrl);
  const config: Array<[string, string]> = [
    [
      `http.${access.baseUrl}/.extraHeader`,
      `Authorization: Basic ${Buffer.from(`${access.user}:${access.token}`).toString('base64')}`,
    ],
    // Debian's curl 7.88 breaks off uploads over HTTP/2 now and then (error 92) although the forge took them.
    ['http.version', 'HTTP/1.1'],
    ['http.postBuffer', '524288000'],
    // What the drill pushes does not compress; trying to would only take time.
    ['core.compression', '0'],
    ['pack.window', '0'],
    ['pack.threads', '1'],
    ['gc.auto', '0'],
    ['user.name', 'Fleet drill'],
    ['user.email', 'drill@fleet.invalid'],
    ['credential.helper', ''],
  ];
  if (access.resolve) {
    config.push([
      'http.curloptResolve',
      `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}:${await access.resolve(url.hostname)}`,
    ]);
  }
  const env: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(config.length),
    LC_ALL: 'C',
  };
  if (access.ca) {
    // The variable, because one of this machine's own would win over any setting.
    env.GIT_SSL_CAINFO = join(access.workDir, 'forge-ca.pem');
    writeFileSync(env.GIT_SSL_CAINFO, access.ca);
  }
  config.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
}

interface GitOptions {
  cwd?: string;
  input?: string | Buffer;
  /** Milliseconds. */
  timeout?: number;
  signal?: AbortSignal;
}

/** Runs git and returns its output; the error says what git said, or that it was ended by `timeout` or `signal`. */
export async function git(env: Record<string, string>, args: string[], options: GitOptions = {}): Promise<string> {
  const { timeout, signal } = options;
  if (signal?.aborted) throw new Error(`git ${args[0]} was given up`);
  // A group of its own where it may have to be ended: git leaves its helper behind, which waits minutes for a dead host.
  const detached = timeout !== undefined || signal !== undefined;
  const child = execa('git', args, {
    env,
    cwd: options.cwd,
    input: options.input,
    detached,
    reject: false,
    maxBuffer: 2 ** 28,
  });
  let ended: string | undefined;
  const end = (why: string) => {
    ended ??= why;
    if (child.pid !== undefined) endGroup(child.pid);
  };
  const giveUp = () => end('was given up');
  const timer =
    timeout === undefined ? undefined : setTimeout(() => end(`failed: no end after ${timeout} ms`), timeout);
  signal?.addEventListener('abort', giveUp, { once: true });
  const done = await child;
  clearTimeout(timer);
  signal?.removeEventListener('abort', giveUp);
  if (done.exitCode !== 0)
    throw new Error(`git ${args[0]} ${ended ?? `failed: ${done.stderr.trim().split('\n').slice(-3).join(' ')}`}`);
  return done.stdout;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Refs of a remote repository: name → object id. Only branches, tags and heads of pull requests. */
export async function remoteRefs(env: Record<string, string>, url: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  for (const line of (await git(env, ['ls-remote', '--refs', url])).split('\n')) {
    const [id = '', name] = line.split('\t');
    if (name && /^refs\/(heads\/|tags\/|pull\/\d+\/head$)/.test(name)) refs.set(name, id);
  }
  return refs;
}
