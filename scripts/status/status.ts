/** Reads the state of a stack's backups from the store, with the operator's credentials. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { storeClient, type StoreAdmin } from '../../components/store/admin';
import { lockedUntil } from '../../components/store/lock';
import { bucketOf, evidenceBucketOf } from '../../components/store/names';
import { plansOf } from '../../services';
import type { Declaration, Host } from '../../stacks';
import { NAMESPACE, type Settings } from '../../stacks/model/settings';
import { declarationOf } from '../init/init';
import { messageOf, UserError } from '../lib/errors';
import { elapsed } from '../lib/progress';
import { configFileOf, passphrase } from '../lib/project';
import { StackFile } from '../lib/stack-file';
import { settingsOf } from '../lib/stack-settings';
import { Store, type Heartbeat } from '../lib/store';
import { newestEvidence } from '../verify/evidence';
import { alarmLines, tell } from './alarm';
import { judgeStandby, readStaged, type StandbyStatus } from './staged';
import {
  judge,
  judgeCertificates,
  judgeLock,
  judgeProof,
  type CertificateStatus,
  type DatasetStatus,
  type LockStatus,
  type ProofStatus,
} from './judge';

export interface Status {
  stack: string;
  at: string;
  datasets: DatasetStatus[];
  /** Of each bucket that there is. */
  locks: LockStatus[];
  /** Of each host with public names. */
  certificates: CertificateStatus[];
  /** Of each host, where the stack declares how often it is proved. */
  proofs: ProofStatus[];
  /** Of each host that has one. */
  standbys: StandbyStatus[];
}

/** The status of every dataset of a stack, and of the proofs of its hosts. */
export async function readStatus(stack: string, now = Date.now()): Promise<Status> {
  return statusOf(stack, await openSettings(stack), now);
}

/** What the hosts of a stack last wrote to the store. */
export async function readHeartbeats(
  stack: string,
): Promise<{ settings: Settings; hosts: Array<{ host: Host; beats: Heartbeat[] }> }> {
  return heartbeatsOf(stack, await openSettings(stack));
}

const openSettings = (stack: string): Promise<StackFile> =>
  StackFile.open(configFileOf(declarationOf(stack).stack), passphrase());

async function statusOf(stack: string, file: StackFile, now: number): Promise<Status> {
  const { settings, hosts } = await heartbeatsOf(stack, file);
  const declaration = declarationOf(stack);
  return {
    stack,
    at: new Date(now).toISOString(),
    datasets: hosts.flatMap(({ host, beats }) => judge(host.name, plansOf(declaration, host, settings), beats, now)),
    locks: await locksOf(declaration, settings, accessOf(file, settings), now),
    certificates: hosts
      .filter(({ host }) => host.publicNames.length)
      .map(({ host, beats }) => judgeCertificates(host.name, beats)),
    proofs: await proofsOf(declaration, settings, accessOf(file, settings), now),
    standbys: await standbysOf(stack, settings, accessOf(file, settings), now),
  };
}

const accessOf = (file: StackFile, { store: { endpoint, region } }: Settings) => ({
  endpoint,
  region,
  accessKey: file.text(`${NAMESPACE}:storeAccessKey`),
  secretKey: file.text(`${NAMESPACE}:storeSecretKey`),
});

async function heartbeatsOf(
  stack: string,
  file: StackFile,
): Promise<{ settings: Settings; hosts: Array<{ host: Host; beats: Heartbeat[] }> }> {
  const declaration = declarationOf(stack);
  const settings = settingsOf(file, declaration);
  const store = new Store(accessOf(file, settings));
  try {
    const hosts: Array<{ host: Host; beats: Heartbeat[] }> = [];
    for (const host of declaration.hosts) {
      const beats = await store
        .heartbeats(bucketOf(settings.store.bucketPrefix, stack, host.name))
        .catch((error: Error) => {
          throw new UserError(
            `The store at ${settings.store.endpoint} does not answer: ${error.message || error.name}.`,
            'Without it nothing can be restored: see to it first.',
          );
        });
      hosts.push({ host, beats });
    }
    return { settings, hosts };
  } finally {
    store.close();
  }
}

async function locksOf(
  { stack, hosts, backup }: Declaration,
  { store: { bucketPrefix } }: Settings,
  access: StoreAdmin,
  now: number,
): Promise<LockStatus[]> {
  const client = storeClient(access);
  const buckets = [
    ...hosts.map(({ name }) => bucketOf(bucketPrefix, stack, name)),
    evidenceBucketOf(bucketPrefix, stack),
  ];
  try {
    const locks = await Promise.all(
      buckets.map(async (bucket) => ({ bucket, until: await lockedUntil(client, bucket) })),
    );
    return locks.flatMap(({ bucket, until }) =>
      until === undefined ? [] : [judgeLock(bucket, until, backup.retentionDays, now)],
    );
  } finally {
    client.destroy();
  }
}

async function proofsOf(
  { stack, hosts, proof }: Declaration,
  settings: Settings,
  access: StoreAdmin,
  now: number,
): Promise<ProofStatus[]> {
  if (!proof) return [];
  const client = storeClient(access);
  try {
    const bucket = evidenceBucketOf(settings.store.bucketPrefix, stack);
    return await Promise.all(
      hosts.map(async ({ name }) =>
        judgeProof(name, await newestEvidence(client, bucket, name), proof.withinSeconds, now),
      ),
    );
  } finally {
    client.destroy();
  }
}

async function standbysOf(
  stack: string,
  { standby, store: { bucketPrefix } }: Settings,
  access: StoreAdmin,
  now: number,
): Promise<StandbyStatus[]> {
  const client = storeClient(access);
  try {
    return await Promise.all(
      Object.entries(standby).map(async ([host, { everyMinutes }]) =>
        judgeStandby(host, await readStaged(client, bucketOf(bucketPrefix, stack, host)), everyMinutes, now),
      ),
    );
  } finally {
    client.destroy();
  }
}

/** Whether everything can be relied on. */
export const isWell = ({ datasets, locks, certificates, proofs, standbys }: Status): boolean =>
  !datasets.some(({ stale }) => stale) &&
  ![...locks, ...certificates, ...proofs, ...standbys].some(({ reason }) => reason !== undefined);

/** The status, told to the declared places when something is wrong, also when the store cannot be asked. */
export async function alarmedStatus(stack: string): Promise<Status> {
  const file = await openSettings(stack);
  const key = `${NAMESPACE}:alarmWebhook`;
  const places = {
    command: settingsOf(file, declarationOf(stack)).alarmCommand,
    webhook: file.has(key) ? file.text(key) : undefined,
  };
  let status: Status;
  try {
    status = await statusOf(stack, file, Date.now());
  } catch (error) {
    await tell(places, `fleet ${stack}: ${messageOf(error)}`);
    throw error;
  }
  const lines = alarmLines(status);
  if (lines.length)
    await tell(
      places,
      [
        `fleet ${stack}: ${lines.length === 1 ? 'something is' : `${lines.length} things are`} wrong (${status.at})`,
        ...lines.map((line) => `- ${line}`),
      ].join('\n'),
    );
  return status;
}

/** A table; what is stale stands out. */
export function statusTable(status: Status): string {
  const table = new Table({
    head: ['host', 'dataset', 'newest point', 'not yet stored', 'objective', ''],
    style: { head: [], border: [] },
  });
  for (const row of status.datasets) {
    table.push([
      row.host,
      `${row.service}/${row.part}`,
      row.newest ?? 'none',
      row.lagSeconds === null ? '' : elapsed(row.lagSeconds * 1000),
      elapsed(row.objectiveSeconds * 1000),
      row.stale ? pc.red(`STALE: ${row.reason}`) : pc.green('ok'),
    ]);
  }
  const stale = status.datasets.filter((row) => row.stale).length;
  const locks = status.locks.map(({ bucket, until, reason }) =>
    reason === undefined ? `${bucket}: nothing can be deleted until ${until}` : pc.red(reason),
  );
  const certificates = status.certificates.flatMap(({ host, reason }) =>
    reason === undefined ? [] : [pc.red(`${host}: ${reason}`)],
  );
  const proofs = status.proofs.map(({ host, at, reason }) =>
    reason === undefined ? `${host}: backups proved by a restore at ${at}` : pc.red(`${host}: ${reason}`),
  );
  const standbys = status.standbys.map(({ host, stagedAt, reason }) =>
    reason === undefined ? `${host}: its standby is as it was at ${stagedAt}` : pc.red(`${host}: ${reason}`),
  );
  return [
    table.toString(),
    ...locks,
    ...certificates,
    ...proofs,
    ...standbys,
    stale
      ? pc.red(`${stale} of ${status.datasets.length} datasets cannot be relied on.`)
      : 'Every dataset can be restored.',
  ].join('\n');
}
