import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { plan, ports } from '../address-plan';
import type { ServiceSpec } from '../daemon/service';
import type { Paths } from '../paths';

/**
 * How long an index is served without asking Debian. Packages never change under their name, so a rebuild within this time
 * needs nothing from outside; Debian itself declares its indexes valid for seven days.
 */
const INDEX_AGE_SECONDS = 2 * 24 * 3600;

function configuration(folder: string): string {
  return `${[
    `CacheDir: ${join(folder, 'cache')}`,
    `LogDir: ${join(folder, 'log')}`,
    'SupportDir: /usr/lib/apt-cacher-ng',
    `BindAddress: ${plan.services}`,
    `Port: ${ports.packages}`,
    'ForeGround: 1',
    `PidFile: ${join(folder, 'pid')}`,
    `FreshIndexMaxAge: ${INDEX_AGE_SECONDS}`,
    'VerboseLog: 0',
    // No page for administrators.
    'ReportPage:',
    // The only upstreams: requests for anything else are refused.
    'ForceManaged: 1',
    'Remap-debian: deb.debian.org/debian /debian ; http://deb.debian.org/debian',
    'Remap-security: security.debian.org/debian-security deb.debian.org/debian-security /debian-security ; http://security.debian.org/debian-security',
  ].join('\n')}\n`;
}

/** Debian's archives for the hosts: apt-cacher-ng in the place of deb.debian.org and security.debian.org. */
export function packageCacheService(paths: Paths): ServiceSpec {
  const folder = paths.packages;
  const settings = join(folder, 'settings');
  for (const dir of [settings, join(folder, 'cache'), join(folder, 'log')]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(settings, 'acng.conf'), configuration(folder));
  return {
    name: 'packages',
    command: 'apt-cacher-ng',
    args: ['-c', settings],
    // It fetches through the machine's proxy where there is one.
    env: { PATH: process.env.PATH, HOME: '/root', http_proxy: process.env.http_proxy },
    log: join(paths.run, 'packages.log'),
    ready: async () => {
      try {
        const { body } = await request(`http://${plan.services}:${ports.packages}/`, {
          headersTimeout: 1_000,
          reset: true,
        });
        await body.dump();
        return true;
      } catch {
        return false;
      }
    },
  };
}
