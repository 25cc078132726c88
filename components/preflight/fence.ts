/**
 * Fence: a host that is still listed is flushed if it answers, powered off, and loses its key to the store.
 * It is kept; Pulumi deletes it once everything on its successor has passed.
 */
import * as pulumi from '@pulumi/pulumi';
import type { S3Client } from '@aws-sdk/client-s3';
import { Client } from 'ssh2';
import { SCRIPTS } from '../remote-step';
import { revokeAll } from '../store/admin';
import type { DigitalOceanApi, ListedDroplet } from './apis';

export interface FenceArgs {
  droplets: ListedDroplet[];
  api: DigitalOceanApi;
  client: S3Client;
  bucket: string;
  privateKey: string;
  hostKey: string;
}

const FLUSH_SECONDS = 30;
const DIAL_SECONDS = 5;
const OFF_SECONDS = 60;

export async function fence(args: FenceArgs): Promise<void> {
  await Promise.all(args.droplets.map((droplet) => fenceOne(droplet, args)));
  await revokeAll(args.client, args.bucket);
}

async function fenceOne(droplet: ListedDroplet, { api, privateKey, hostKey }: FenceArgs): Promise<void> {
  if (droplet.status === 'active') {
    const flushed = await flush(droplet.address, privateKey, hostKey);
    await pulumi.log.info(`fence: ${droplet.name} ${flushed ? 'wrote its last backups' : 'did not answer, so its last backups are the ones already in the store'}`);
    await api.powerOff(droplet.id);
  }
  const since = Date.now();
  while ((await api.status(droplet.id)) !== 'off') {
    const waited = Date.now() - since;
    if (waited > OFF_SECONDS * 1000) throw new Error(`${droplet.name} did not power off within ${OFF_SECONDS} s; power it off by hand and run the update again`);
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(waited)));
  }
  await pulumi.log.info(`fence: ${droplet.name} is off; it is kept until its successor is verified`);
}

/**
 * How long until the next look, in milliseconds: a quarter of what was waited already. So a minute's wait is some twenty requests, and several
 * at once stay far below what an account may send (`stacks/outside/limits.ts`).
 */
const pauseAfter = (waited: number) => Math.min(Math.max(waited / 4, 500), 5000);

/** Runs `flush` on a host, within bounds; false where it does not answer or does not manage. */
function flush(address: string, privateKey: string, hostKey: string): Promise<boolean> {
  const pinned = hostKey.split(' ')[1];
  return new Promise((resolve) => {
    const connection = new Client();
    const finish = (ok: boolean) => {
      clearTimeout(timer);
      connection.destroy();
      resolve(ok);
    };
    const timer = setTimeout(() => finish(false), (DIAL_SECONDS + FLUSH_SECONDS) * 1000);
    connection
      .on('error', () => finish(false))
      .on('ready', () =>
        connection.exec(`${SCRIPTS}/flush --stop`, (error, channel) => {
          if (error) return finish(false);
          channel.resume().stderr.resume();
          channel.on('exit', (code: number | null) => finish(code === 0));
        }),
      )
      .connect({ host: address, username: 'root', privateKey, readyTimeout: DIAL_SECONDS * 1000, hostVerifier: (key: Buffer) => key.toString('base64') === pinned });
  });
}
