import { run } from './commands';
import { toItsEnd } from './interruption';

/** In runlevel 1 a package starts no service of its own: the cloud runs them with its own settings. */
const environment = () => ({ ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' });
const MINUTE_MS = 60_000;

/** Installs Debian packages on this machine. The downloads may be interrupted; what has begun to be installed is finished, or dpkg would have to be mended by hand. */
export async function installPackages(packages: string[], { update = false } = {}): Promise<void> {
  const install = (...options: string[]) =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...options, ...packages], {
      env: environment(),
      timeoutMs: 10 * MINUTE_MS,
    });
  if (update) await run('apt-get', ['update', '-qq'], { env: environment(), timeoutMs: 5 * MINUTE_MS });
  await install('--download-only');
  await toItsEnd(() => install('--no-download'));
}
