import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { plan } from './address-plan';
import { run } from './commands';
import { launch } from './daemon/launch';
import { withLock } from './daemon/lock';
import { newSettings, settingsPath, type Settings } from './daemon/settings';
import { endProcesses, sweep } from './daemon/sweep';
import type { CloudEndpoints } from './endpoints';
import { CloudError } from './errors';
import { readJson, writeJson } from './files';
import { MachineHosts } from './hosts/driver';
import { interruptible } from './interruption';
import { ensureParts, imageLayers, type Progress } from './parts';
import { paths as pathsOf, type Paths } from './paths';
import { isAlive, ProcessRecords, type ProcessRecord } from './processes';
import { isSaved, keep, layOutClone } from './saved';
import { awaitSsh } from './ssh-answers';

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
  /** Ends what is being built or fetched, with all that it started. */
  signal?: AbortSignal;
  /** Continue the cloud of a daemon that died, with its hosts and its data, instead of clearing it away. */
  resume?: boolean;
  /**
   * Start a copy-on-write clone of a cloud that `saveCloud` kept in this folder: the same tokens, addresses and droplets, and
   * all hosts that were on have booted and answer by SSH. The saved cloud is never written to. Not while another cloud runs.
   */
  from?: string;
}

function requireRoot(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new CloudError('The embedded cloud boots real hosts and needs root on Linux; run it with sudo.');
  if (process.arch !== 'x64') throw new CloudError('The embedded cloud needs an x86-64 machine.');
}

/**
 * Brings the embedded cloud up, or finds it running: makes what the cache lacks, clears away what a killed run left,
 * and starts the daemon. Resolves when everything answers.
 */
export async function startCloud({ progress, signal, resume = false, from }: StartOptions): Promise<CloudEndpoints> {
  requireRoot();
  const paths = pathsOf();
  return withLock(
    paths.lock,
    (pid) => progress(`Waiting for process ${pid}, which is starting or stopping the embedded cloud`),
    async () => {
      const running = statusOf(paths);
      if (running && from)
        throw new CloudError(
          `An embedded cloud already runs on this machine (process ${running.pid}); stop it before a clone is started.`,
        );
      if (running) return running;
      await interruptible(signal, () => ensureParts(paths, progress));
      if (resume && existsSync(settingsPath(paths))) await endProcesses(paths);
      else await begin(paths, progress, from);
      const endpoints = await launch(paths);
      const daemon = new ProcessRecords(paths.processes).read('daemon');
      writeJson(MACHINE_RECORD, { cacheDir: paths.cache, daemon });
      if (from) await awaitSsh(endpoints);
      progress('The embedded cloud is up');
      return endpoints;
    },
  );
}

/** Clears this machine of an earlier cloud and lays out a new one, or a clone of a saved one. */
async function begin(paths: Paths, progress: Progress, from?: string): Promise<void> {
  const other = readJson<MachineRecord>(MACHINE_RECORD);
  if (other && other.cacheDir !== paths.cache) {
    if (isAlive(other.daemon))
      throw new CloudError(
        `An embedded cloud already runs on this machine; stop it with FLEET_CACHE_DIR=${other.cacheDir} fleet cloud stop.`,
      );
    await sweep(pathsOf(other.cacheDir));
  }
  if (existsSync(paths.run)) progress('Clearing away what an earlier run left');
  await sweep(paths);
  const taken = await run('ip', ['route', 'show', 'root', plan.range]);
  if (taken)
    throw new CloudError(
      `This machine already has a route inside ${plan.range} (${taken.replace(/\n.*/s, '').trim()}), which the embedded cloud needs for its hosts.`,
    );
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  if (from) await layOutClone(paths, resolve(from));
  else writeJson(settingsPath(paths), await newSettings());
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
  await withLock(
    paths.lock,
    () => undefined,
    () => clear(paths),
  );
}

/**
 * Stops the running cloud and keeps what it is – its hosts' disks, its store, the state of its APIs, its settings – in `dir`,
 * which must not exist yet. Its hosts shut down in order first. A clone cannot be saved again: its disks are not whole.
 */
export async function saveCloud(dir: string): Promise<void> {
  requireRoot();
  const paths = pathsOf();
  await withLock(
    paths.lock,
    () => undefined,
    async () => {
      if (!statusOf(paths)) throw new CloudError('No embedded cloud runs, so there is none to save.');
      if (existsSync(dir)) throw new CloudError(`${dir} exists already; remove it, or save to another folder.`);
      if (readJson<Settings>(settingsPath(paths))?.from)
        throw new CloudError('The cloud that runs is a clone, and a clone cannot be saved; clone the saved one again.');
      const hosts = await new MachineHosts(paths.hosts, imageLayers(paths)).shutDownAll();
      await endProcesses(paths);
      await keep(paths, hosts, resolve(dir));
      await clear(paths);
    },
  );
}

/** Whether a folder holds a saved cloud that `startCloud` can clone; false also for one that lies over an older image. */
export function isSavedCloud(dir: string): boolean {
  return isSaved(dir, pathsOf());
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
  const { cache, images, artifacts, tools, packages, build, saved } = pathsOf();
  for (const folder of [images, artifacts, tools, packages, build, saved])
    rmSync(folder, { recursive: true, force: true });
  try {
    rmdirSync(cache);
  } catch (error) {
    // Whoever put something else there keeps it.
    if (!['ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
