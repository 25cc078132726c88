/** Reads the state of a stack's backups from the store, with the operator's credentials. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { bucketOf } from '../../components/store/names';
import { plansOf } from '../../services';
import type { Host } from '../../stacks';
import { NAMESPACE, settingsSchema, type Settings } from '../../stacks/settings';
import { declarationOf } from '../init/init';
import { UserError } from '../lib/errors';
import { elapsed } from '../lib/progress';
import { configFileOf, passphrase } from '../lib/project';
import { StackFile } from '../lib/stack-file';
import { Store, type Heartbeat } from '../lib/store';
import { judge, type DatasetStatus } from './judge';

export interface Status {
  stack: string;
  at: string;
  datasets: DatasetStatus[];
}

/** The status of every dataset of a stack. */
export async function readStatus(stack: string, now = Date.now()): Promise<Status> {
  const { settings, hosts } = await readHeartbeats(stack);
  const declaration = declarationOf(stack);
  return { stack, at: new Date(now).toISOString(), datasets: hosts.flatMap(({ host, beats }) => judge(host.name, plansOf(declaration, host, settings), beats, now)) };
}

/** What the hosts of a stack last wrote to the store. */
export async function readHeartbeats(stack: string): Promise<{ settings: Settings; hosts: Array<{ host: Host; beats: Heartbeat[] }> }> {
  const declaration = declarationOf(stack);
  const file = await StackFile.open(configFileOf(stack), passphrase());
  const settings = settingsOf(file);
  const store = new Store({
    endpoint: settings.store.endpoint,
    region: settings.store.region,
    accessKey: file.text(`${NAMESPACE}:storeAccessKey`),
    secretKey: file.text(`${NAMESPACE}:storeSecretKey`),
  });
  try {
    const hosts: Array<{ host: Host; beats: Heartbeat[] }> = [];
    for (const host of declaration.hosts) {
      const beats = await store.heartbeats(bucketOf(settings.store.bucketPrefix, stack, host.name)).catch((error: Error) => {
        throw new UserError(`The store at ${settings.store.endpoint} does not answer: ${error.message || error.name}.`, 'Without it nothing can be restored: see to it first.');
      });
      hosts.push({ host, beats });
    }
    return { settings, hosts };
  } finally {
    store.close();
  }
}

/** The plain settings of a stack file. */
export function settingsOf(file: StackFile) {
  const keys = Object.keys(settingsSchema.shape);
  const parsed = settingsSchema.safeParse(Object.fromEntries(keys.filter((key) => file.has(`${NAMESPACE}:${key}`)).map((key) => [key, file.get(`${NAMESPACE}:${key}`)])));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${NAMESPACE}:${issue.path.join('.')}: ${issue.message}`);
  throw new UserError(`The settings of the stack are not complete: ${wrong.join('; ')}.`, 'Set them in the stack file, or with fleet init --set.');
}

/** A table; what is stale stands out. */
export function statusTable(status: Status): string {
  const table = new Table({ head: ['host', 'dataset', 'newest point', 'not yet stored', 'objective', ''], style: { head: [], border: [] } });
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
  return [table.toString(), stale ? pc.red(`${stale} of ${status.datasets.length} datasets cannot be relied on.`) : 'Every dataset can be restored.'].join('\n');
}
