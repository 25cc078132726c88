import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { plan } from './address-plan';
import { run } from './commands';
import { settingsPath } from './daemon/cloud';
import { launch } from './daemon/launch';
import { withLock } from './daemon/lock';
import { newSettings } from './daemon/settings';
import { endProcesses, sweep } from './daemon/sweep';
import type { CloudEndpoints } from './endpoints';
import { CloudError } from './errors';
import { readJson, writeJson } from './files';
import { ensureParts, type Progress } from './parts';
import { paths as pathsOf, type Paths } from './paths';
import { isAlive, ProcessRecords, type ProcessRecord } from './processes';

export type { CloudEndpoints } from './endpoints';
export { CloudError } from './errors';

/** Which cache directory the cloud of this machine belongs to: there is one network, so there is one cloud. */
const MACHINE_RECORD = '/run/fleetcloud.json';

interface MachineRecord {
  cacheDir: string;
  daemon: ProcessRecord;
}

export interface StartOptions {
  progress: Progress;
  /** Continue the cloud of a daemon that died, with its hosts and its data, instead of clearing it away. */
  resume?: boolean;
}

function requireRoot(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new CloudError('The embedded cloud boots real hosts and needs root on Linux; run it with sudo.');
  if (process.arch !== 'x64') throw new CloudError('The embedded cloud needs an x86-64 machine.');
}

/**
 * Brings the embedded cloud up, or finds it running: makes what the cache lacks, clears away what a killed run left,
 * and starts the daemon. Resolves when everything answers.
 */
export async function startCloud({ progress, resume = false }: StartOptions): Promise<CloudEndpoints> {
  requireRoot();
  const paths = pathsOf();
  return withLock(paths.lock, (pid) => progress(`Waiting for process ${pid}, which is starting or stopping the embedded cloud`), async () => {
    const running = statusOf(paths);
    if (running) return running;
    await ensureParts(paths, progress);
    if (resume && existsSync(settingsPath(paths))) await endProcesses(paths);
    else await begin(paths, progress);
    const endpoints = await launch(paths);
    const daemon = new ProcessRecords(paths.processes).read('daemon');
    writeJson(MACHINE_RECORD, { cacheDir: paths.cache, daemon });
    progress('The embedded cloud is up');
    return endpoints;
  });
}

/** Clears this machine of an earlier cloud and lays out a new one. */
async function begin(paths: Paths, progress: Progress): Promise<void> {
  const other = readJson<MachineRecord>(MACHINE_RECORD);
  if (other && other.cacheDir !== paths.cache) {
    if (isAlive(other.daemon)) throw new CloudError(`An embedded cloud already runs on this machine; stop it with FLEET_CACHE_DIR=${other.cacheDir} fleet cloud stop.`);
    await sweep(pathsOf(other.cacheDir));
  }
  if (existsSync(paths.run)) progress('Clearing away what an earlier run left');
  await sweep(paths);
  const taken = await run('ip', ['route', 'show', 'root', plan.range]);
  if (taken) throw new CloudError(`This machine already has a route inside ${plan.range} (${taken.split('\n')[0].trim()}), which the embedded cloud needs for its hosts.`);
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  writeJson(settingsPath(paths), newSettings());
}

function statusOf(paths: Paths): CloudEndpoints | undefined {
  const daemon = new ProcessRecords(paths.processes).read('daemon');
  const endpoints = readJson<CloudEndpoints>(paths.endpoints);
  return daemon && endpoints?.pid === daemon.pid && isAlive(daemon) ? endpoints : undefined;
}

/** Where the cloud answers, or undefined when none runs. */
export async function cloudStatus(): Promise<CloudEndpoints | undefined> {
  return statusOf(pathsOf());
}

/** Ends the cloud: processes, hosts, mounts, network and live data go; the cache stays. */
export async function stopCloud(): Promise<void> {
  requireRoot();
  const paths = pathsOf();
  await withLock(paths.lock, () => undefined, () => clear(paths));
}

async function clear(paths: Paths): Promise<void> {
  const other = readJson<MachineRecord>(MACHINE_RECORD);
  if (other && other.cacheDir !== paths.cache && isAlive(other.daemon)) return;
  await sweep(paths);
  rmSync(MACHINE_RECORD, { force: true });
}

/** Ends the cloud and removes everything that it ever put into the cache directory. */
export async function purgeCloud(): Promise<void> {
  await stopCloud();
  const { cache, images, artifacts, tools, packages, build } = pathsOf();
  for (const folder of [images, artifacts, tools, packages, build]) rmSync(folder, { recursive: true, force: true });
  try {
    rmdirSync(cache);
  } catch (error) {
    // Whoever put something else there keeps it.
    if (!['ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
