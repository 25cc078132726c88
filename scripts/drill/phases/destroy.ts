/** Takes the stack down, then the cloud, and looks for anything that is left of either. */
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { loopFilesUnder } from '../../../localcloud/mounts';
import { cacheDir } from '../../lib/project';
import { need, runEngine, type Drill } from '../context';

export async function destroy(drill: Drill): Promise<void> {
  await drill.removeHookName?.();
  await runEngine(drill, 'destroy', { refresh: true });
  await nothingInTheCloud(drill);
}

async function nothingInTheCloud(drill: Drill): Promise<void> {
  const cloud = need(drill.cloud, 'the cloud');
  const ask = async (url: string, token: string) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json() as Promise<any>;
  const lists = await Promise.all([
    ask(`${cloud.digitalocean}/v2/droplets`, cloud.tokens.digitalocean).then(({ droplets }) => droplets.map((one: any) => `droplet ${one.name}`)),
    ask(`${cloud.digitalocean}/v2/reserved_ips`, cloud.tokens.digitalocean).then((body) => body.reserved_ips.map((one: any) => `reserved IP ${one.ip}`)),
    ask(`${cloud.digitalocean}/v2/firewalls`, cloud.tokens.digitalocean).then(({ firewalls }) => firewalls.map((one: any) => `firewall ${one.name}`)),
    ask(`${cloud.cloudflare}/zones/${cloud.zone.id}/dns_records`, cloud.tokens.cloudflare).then(({ result }) => result.map((one: any) => `DNS record ${one.name}`)),
  ]);
  const left = lists.flat();
  drill.record.check('destroy leaves nothing in the cloud', left.length === 0, left.length ? left.join(', ') : 'no droplet, reserved IP, firewall or DNS record');
}

/** Stops the cloud; true once nothing of it can be found on this machine. */
export async function stopCloudAndLook(): Promise<{ ok: boolean; detail: string }> {
  const { stopCloud } = await import('../../../localcloud/index');
  await stopCloud();
  const left = [
    ...(existsSync('/run/netns/fleetcloud') ? ['network namespace fleetcloud'] : []),
    ...(existsSync('/sys/class/net/fleetcloud0') ? ['interface fleetcloud0'] : []),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((mount) => mount.startsWith(join(cacheDir(), 'run')))
      .map((mount) => `mount ${mount}`),
    ...loopFilesUnder(cacheDir()).map((file) => `loop device of ${file}`),
    ...processesBelow(join(cacheDir(), 'run')).map((pid) => `process ${pid}`),
  ];
  return { ok: left.length === 0, detail: left.length ? left.join(', ') : 'no process, namespace, interface, mount or loop device' };
}

/** Processes that live in a folder: their root or their working directory is there. */
function processesBelow(dir: string): string[] {
  const link = (path: string) => {
    try {
      return readlinkSync(path);
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && ['root', 'cwd'].some((name) => `${link(`/proc/${pid}/${name}`)}/`.startsWith(`${dir}/`)));
}
