/** The programs on this machine, and its clock. */
import { nodeJs, pulumiCli } from '../../stacks/outside/versions';
import { pulumiInstall } from '../../stacks/outside/addresses';
import { missingPlugins, pulumiVersion } from '../engines/choose';
import { clockOf } from './clock';
import { fails, holds, type Found } from './finding';
import type { Look } from './look';

export async function programs({ isReal }: Look): Promise<Found[]> {
  const version = await pulumiVersion();
  const [node, oldest] = [process.versions.node, nodeJs.value];
  const found = [
    isOlder(node, oldest) ? fails('Node.js', `it is ${node}`, `install ${oldest} or newer`) : holds('Node.js', node),
  ];
  // A rehearsal has the embedded engine.
  if (version === undefined)
    return [
      ...found,
      isReal
        ? fails('Pulumi CLI', 'it is not on PATH', `install ${pulumiCli.value} or newer from ${pulumiInstall.value}`)
        : holds('Pulumi CLI', 'not installed; the embedded engine takes its place here'),
    ];
  const missing = await missingPlugins();
  return [
    ...found,
    isOlder(version, pulumiCli.value)
      ? fails('Pulumi CLI', `it is ${version}`, `install ${pulumiCli.value} or newer from ${pulumiInstall.value}`)
      : holds('Pulumi CLI', version),
    holds('providers', missing.length ? `${missing.join(', ')}: fetched at the first run` : 'installed'),
  ];
}

/** The clock of the provider's API stands for the right time. */
export const clock = async ({ account }: Look): Promise<Found[]> =>
  // That nothing answers there is told by what asks it for more.
  clockOf('clock', account.api.base, 'let it take the time from the network: timedatectl set-ntp true').then(
    (found) => [found],
    () => [],
  );

/** By numbers: 3.99.0 is older than 3.226.0. */
export const isOlder = (version: string, than: string): boolean =>
  version.replace(/^v/, '').localeCompare(than, 'en', { numeric: true }) < 0;
