/** Debian packages that a drill or its tests need on this machine, installed only when missing. */
import execa from 'execa';
import { UserError } from '../scripts/lib/errors';

/** Program → package. */
const PACKAGES = { git: 'git', chromium: 'chromium' };

/** Installs what is missing, as root, with progress. */
export async function ensureTools(
  programs: (keyof typeof PACKAGES)[],
  progress: (note: string) => void,
): Promise<void> {
  const missing: string[] = [];
  for (const program of programs) {
    const found = await execa('sh', ['-c', 'command -v "$0"', program], { reject: false });
    if (found.exitCode !== 0) missing.push(PACKAGES[program]);
  }
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  progress(`apt-get install ${missing.join(' ')}`);
  await execa('apt-get', ['update', '-qq'], { env, reject: false });
  const done = await execa(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...missing],
    { env, reject: false },
  );
  if (done.exitCode !== 0) {
    throw new UserError(
      `Installing ${missing.join(', ')} failed: ${done.stderr.trim().split('\n').pop()}`,
      'Install it by hand and try again.',
    );
  }
}
