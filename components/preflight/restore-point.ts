/** Whether the store holds what a rebuild needs: a restore point that exists, opens, matches the secrets and fits. */
import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ServicePlan } from '../../services';
import type { Host } from '../../stacks';
import { sizes } from '../../stacks/sizes';
import { bytes, incarnationsOf, newestWith, type Heartbeat, type Incarnation } from '../store/restore-points';

export interface RestorePointArgs {
  client: S3Client;
  bucket: string;
  /** age identity at hand, and the recipient that belongs to it. */
  identity: string;
  recipient: string;
  host: Host;
  plans: ServicePlan[];
  bootstrap: boolean;
}

/** Data, its staging copy and the system must fit. */
const SYSTEM_GIB = 10;

/** One sentence for each thing that would make the restore fail. */
export async function checkRestorePoints(args: RestorePointArgs): Promise<string[]> {
  const incarnations = await reach(args);
  const wanted = args.plans.filter((plan) => plan.dataset).map((plan) => plan.name);
  const held = wanted.filter((service) => newestWith(incarnations, service));
  if (args.bootstrap) {
    return held.map((service) => `an empty start was asked for, but the store holds a restore point of ${service}; set fleet:bootstrap to false to restore it`);
  }
  const critical = args.plans.filter((plan) => plan.dataset && plan.critical).map((plan) => plan.name);
  const missing = critical
    .filter((service) => !held.includes(service))
    .map((service) => `the store holds no restore point of ${service} in ${args.bucket}; for an empty start set fleet:bootstrap to true`);
  if (missing.length) return missing;
  const source = newestWith(incarnations, critical[0] ?? wanted[0]);
  if (!source) return [];
  report(source.heartbeat, args.host.name);
  return [...fingerprint(source.heartbeat, args.recipient), ...(await opens(args, source)), ...fits(source.heartbeat, args.host)];
}

async function reach({ client, bucket }: RestorePointArgs): Promise<Incarnation[]> {
  try {
    return await incarnationsOf(client, bucket);
  } catch (error) {
    throw new Error(`the store cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).name}); check fleet:store and the administrator key`);
  }
}

/** Lag is measured against the host's last heartbeat, never against now: a dead host stops beating, not losing. */
function report(heartbeat: Heartbeat | undefined, host: string): void {
  if (!heartbeat) return;
  for (const [service, dataset] of Object.entries(heartbeat.datasets)) {
    const newest = [dataset.database?.newest, dataset.repositories?.newest, dataset.files?.newest].filter((at): at is string => Boolean(at)).sort().at(-1);
    void pulumi.log.info(`preflight: ${service} on ${host}: newest backup ${newest ?? 'unknown'}, last heartbeat ${heartbeat.at}`);
  }
}

function fingerprint(heartbeat: Heartbeat | undefined, recipient: string): string[] {
  const mine = createHash('sha256').update(recipient).digest('hex').slice(0, 16);
  return heartbeat && heartbeat.keyFingerprint !== mine
    ? [`the backups were encrypted for another key (${heartbeat.keyFingerprint}) than fleet:backupRecipient (${mine}); restore the secrets of that time`]
    : [];
}

async function opens({ client, bucket, identity }: RestorePointArgs, source: Incarnation): Promise<string[]> {
  const probe = await bytes(client, bucket, `${source.id}/probe.age`);
  if (!probe) return [`the restore point of incarnation ${source.id} has no probe to try the key on`];
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    await decrypter.decrypt(probe, 'text');
    return [];
  } catch {
    return ['the backups do not open with fleet:backupIdentity; restore the secrets of that time'];
  }
}

function fits(heartbeat: Heartbeat | undefined, host: Host): string[] {
  const needed = Object.values(heartbeat?.datasets ?? {}).reduce((sum, dataset) => sum + dataset.bytes, 0) / 2 ** 30;
  const free = sizes[host.size].diskGiB - SYSTEM_GIB;
  return needed * 2 > free
    ? [`the data (${needed.toFixed(1)} GiB, twice during a restore) does not fit the ${free} GiB that ${host.size} leaves free; choose a larger size`]
    : [];
}
