/** Reads the state of a stack's backups from the store, with the operator's credentials. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { choiceOf } from '../../components/store/choice';
import { heartbeatsOf, type Heartbeat } from '../../components/store/heartbeats';
import { partsOf } from '../../components/store/plan';
import { listPoints } from '../../components/store/points';
import { incarnationsOf } from '../../components/store/restore-points';
import { bucketOf, evidenceBucketOf } from '../../stacks/model/names';
import { plansOf } from '../../services';
import type { Host } from '../../stacks';
import { NAMESPACE } from '../../stacks/model/settings';
import { isStore } from '../../stacks/model/sites';
import { declarationOf } from '../init/init';
import { messageOf, UserError } from '../lib/errors';
import { elapsed } from '../lib/progress';
import type { StackFile } from '../lib/stack-file';
import { settingsOf } from '../lib/stack-settings';
import { openSettings, withStoreOf, type Opened } from '../lib/stack-store';
import { newestEvidence } from '../verify/evidence';
import { alarmLines, tell } from './alarm';
import { sitesStatus, type SiteStatus } from './sites';
import { judgeStandby, readStaged, type StandbyStatus } from './staged';
import {
  judge,
  judgeCertificates,
  judgePoint,
  judgeProof,
  type CertificateStatus,
  type DatasetStatus,
  type PointStatus,
  type ProofStatus,
} from './judge';

export interface Status {
  stack: string;
  at: string;
  datasets: DatasetStatus[];
  /** What proofs keep of each host, where the stack declares how often it is proved. */
  points: PointStatus[];
  /** Of each host with public names. */
  certificates: CertificateStatus[];
  /** Of each host, where the stack declares how often it is proved. */
  proofs: ProofStatus[];
  /** Of each host that has one. */
  standbys: StandbyStatus[];
  /** Of a stack that is a store: nothing else is looked at there. */
  sites: SiteStatus[];
}

/** The status of every dataset of a stack, and of the proofs of its hosts. */
export const readStatus = async (stack: string): Promise<Status> => statusOf(stack, await openSettings(stack));

/** What the hosts of a stack last wrote to the store. */
export const readHeartbeats = async (stack: string): Promise<HostBeats[]> =>
  withStoreOf(stack, await openSettings(stack), heartbeats);

async function statusOf(stack: string, file: StackFile, now = Date.now()): Promise<Status> {
  const declaration = declarationOf(stack);
  if (!isStore(declaration)) return withStoreOf(stack, file, (opened) => statusIn(opened, now));
  return {
    stack,
    at: new Date(now).toISOString(),
    datasets: [],
    points: [],
    certificates: [],
    proofs: [],
    standbys: [],
    sites: await sitesStatus(file, declaration, settingsOf(file, declaration), now),
  };
}

/** What a store that is open tells of the backups in it. */
export async function statusIn(opened: StoreOf, now: number): Promise<Status> {
  const hosts = await heartbeats(opened);
  return {
    stack: opened.declaration.stack,
    at: new Date(now).toISOString(),
    datasets: (await Promise.all(hosts.map((one) => datasetsOf(opened, one, now)))).flat(),
    points: await pointsOf(opened, now),
    certificates: hosts
      .filter(({ host }) => host.publicNames.length)
      .map(({ host, beats }) => judgeCertificates(host.name, beats)),
    proofs: await proofsOf(opened, now),
    standbys: await standbysOf(opened, now),
    sites: [],
  };
}

type StoreOf = Pick<Opened, 'declaration' | 'settings' | 'client'>;

interface HostBeats {
  host: Host;
  beats: Heartbeat[];
}

async function heartbeats({ declaration, settings: { store }, client }: StoreOf): Promise<HostBeats[]> {
  const hosts: HostBeats[] = [];
  for (const host of declaration.hosts) {
    const bucket = bucketOf(store.bucketPrefix, declaration, host.name);
    const beats = await heartbeatsOf(client, bucket).catch((error: Error) => {
      throw new UserError(
        `The store at ${store.endpoint} does not answer: ${error.message || error.name}.`,
        'Without it nothing can be restored: see to it first.',
      );
    });
    hosts.push({ host, beats });
  }
  return hosts;
}

async function datasetsOf(
  { declaration, settings, client }: StoreOf,
  { host, beats }: HostBeats,
  now: number,
): Promise<DatasetStatus[]> {
  const bucket = bucketOf(settings.store.bucketPrefix, declaration, host.name);
  const plans = plansOf(declaration, host, settings).filter(({ dataset }) => dataset);
  const source = {
    client,
    bucket,
    host: host.name,
    incarnations: await incarnationsOf(client, bucket),
    onlyShown: true,
  };
  const stored = plans.map(
    async ({ name, dataset }) => [name, await choiceOf(source, name, partsOf(dataset))] as const,
  );
  return judge(host.name, plans, beats, Object.fromEntries(await Promise.all(stored)), now);
}

async function pointsOf({ declaration, settings, client }: StoreOf, now: number): Promise<PointStatus[]> {
  const { hosts, proof } = declaration;
  if (!proof) return [];
  return Promise.all(
    hosts.map(async ({ name }) => {
      const bucket = bucketOf(settings.store.bucketPrefix, declaration, name);
      return judgePoint(name, (await listPoints(client, bucket)).at(-1), now);
    }),
  );
}

async function proofsOf({ declaration, settings, client }: StoreOf, now: number): Promise<ProofStatus[]> {
  const { hosts, proof } = declaration;
  const bucket = evidenceBucketOf(settings.store.bucketPrefix, declaration);
  if (!proof) return [];
  return Promise.all(
    hosts.map(async ({ name }) =>
      judgeProof(name, await newestEvidence(client, bucket, name), proof.withinSeconds, now),
    ),
  );
}

const standbysOf = ({ declaration, settings, client }: StoreOf, now: number): Promise<StandbyStatus[]> =>
  Promise.all(
    Object.entries(settings.standby).map(async ([host, { everyMinutes }]) => {
      const bucket = bucketOf(settings.store.bucketPrefix, declaration, host);
      return judgeStandby(host, await readStaged(client, bucket), everyMinutes, now);
    }),
  );

/** Whether everything can be relied on. */
export const isWell = ({ datasets, points, certificates, proofs, standbys, sites }: Status): boolean =>
  !datasets.some(({ stale }) => stale) &&
  ![...points, ...certificates, ...proofs, ...standbys, ...sites].some(({ reason }) => reason !== undefined);

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
    status = await statusOf(stack, file);
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
  if (status.sites.length) return sitesTable(status.sites);
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
  const points = status.points.map(({ host, at, reason }) =>
    reason === undefined ? `${host}: what it was restored from at ${at} is kept` : pc.red(`${host}: ${reason}`),
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
    ...points,
    ...certificates,
    ...proofs,
    ...standbys,
    stale
      ? pc.red(`${stale} of ${status.datasets.length} datasets cannot be relied on.`)
      : 'Every dataset can be restored.',
  ].join('\n');
}

/** One line a site. */
function sitesTable(sites: SiteStatus[]): string {
  const wrong = sites.filter(({ reason }) => reason !== undefined).length;
  return [
    ...sites.map(({ host, detail, reason }) =>
      reason === undefined ? `${host}: ${detail}` : pc.red(`${host}: ${reason}`),
    ),
    wrong
      ? pc.red(`${wrong} of ${sites.length} sites cannot be relied on.`)
      : 'Both sites of the store can be relied on.',
  ].join('\n');
}
