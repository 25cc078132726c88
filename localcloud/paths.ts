import { resolve, join } from 'node:path';

/** Where the embedded cloud keeps what it downloads and builds, and (under `run`) the live cloud. */
export function cacheDir(): string {
  return resolve(process.env.FLEET_CACHE_DIR || '/var/cache/fleet-recovery');
}

/** Folders of the cache directory. `saved` holds clouds to be cloned, one a folder. Only `run` belongs to a cloud that is up; the others are reused by the next one. */
export function paths(cache = cacheDir()) {
  const run = join(cache, 'run');
  return {
    cache,
    images: join(cache, 'images'),
    artifacts: join(cache, 'releases'),
    tools: join(cache, 'tools'),
    packages: join(cache, 'packages'),
    build: join(cache, 'build'),
    saved: join(cache, 'saved'),
    lock: join(cache, 'lock'),
    run,
    hosts: join(run, 'hosts'),
    processes: join(run, 'processes'),
    store: join(run, 'store'),
    endpoints: join(run, 'endpoints.json'),
    apiState: join(run, 'api.json'),
    log: join(run, 'daemon.log'),
  };
}

export type Paths = ReturnType<typeof paths>;
