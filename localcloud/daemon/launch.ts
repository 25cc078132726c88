import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudEndpoints } from '../endpoints';
import { CloudError } from '../errors';
import { readJson } from '../files';
import type { Paths } from '../paths';
import { waitFor } from '../wait';

/** Starts the daemon in a session of its own and waits until all of the cloud answers. */
export async function launch(paths: Paths): Promise<CloudEndpoints> {
  const log = openSync(paths.log, 'a', 0o600);
  const { PATH, HOME, http_proxy } = process.env;
  const child = spawn(process.execPath, ['--require', require.resolve('tsx/cjs'), join(__dirname, '../daemon.ts')], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH, HOME, http_proxy, FLEET_CACHE_DIR: paths.cache },
  });
  closeSync(log);
  child.unref();
  let ended = false;
  child.once('error', () => {
    ended = true;
  });
  child.once('exit', () => {
    ended = true;
  });
  return waitFor(
    () => {
      if (ended) throw new CloudError(`The embedded cloud did not start: ${lastLine(paths.log)}`);
      const endpoints = readJson<CloudEndpoints>(paths.endpoints);
      return endpoints?.pid === child.pid && endpoints;
    },
    { what: `The start of the embedded cloud (see ${paths.log})`, timeoutMs: 60_000 },
  );
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1) || 'it said nothing.';
}
