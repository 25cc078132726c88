/** What plain-restore.sh is told: where the backups are, and where the data goes. */
import { withStore, type StoreAccess } from '../../components/store/client';
import { folders } from '../../components/store/objects';

export interface RestoredData {
  access: StoreAccess;
  bucket: string;
  /** The incarnation whose backups they are. */
  source: string;
  service: string;
  /** Places on the disk. */
  database: string;
  repositories: string;
  resticPassword: string;
}

/** Variables of the script and of the tools that it calls. */
export function restoreSettings(data: RestoredData): Record<string, string> {
  const { endpoint, region, accessKey, secretKey } = data.access;
  const remote = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: endpoint,
    REGION: region,
    ACCESS_KEY_ID: accessKey,
    SECRET_ACCESS_KEY: secretKey,
    FORCE_PATH_STYLE: 'true',
  };
  return {
    STORE: endpoint,
    BUCKET: data.bucket,
    SOURCE: data.source,
    SERVICE: data.service,
    DATABASE: data.database,
    REPOSITORIES: data.repositories,
    RESTIC_PASSWORD: data.resticPassword,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_DEFAULT_REGION: region,
    ...Object.fromEntries(Object.entries(remote).map(([name, value]) => [`RCLONE_CONFIG_STORE_${name}`, value])),
  };
}

/** The configuration of Litestream for the same: the newest folder that the database has in the store. */
export async function litestreamConfig(
  { access, bucket, source, service, database }: RestoredData,
  identity: string,
): Promise<string> {
  const { endpoint, region } = access;
  const below = `${source}/${service}/database/`;
  const newest = (await withStore(access, (client) => folders(client, bucket, below))).sort().at(-1);
  const place = { type: 's3', bucket, path: `${below}${newest}`, endpoint, region, 'force-path-style': true };
  return JSON.stringify({ dbs: [{ path: database, replicas: [{ ...place, age: { identities: [identity] } }] }] });
}
