/** A store as ops/store runs it, for one file of tests. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { StoreAccess } from '../../components/store/client';
import { age } from '../../localcloud/store/damage';
import { storeFolders } from '../../localcloud/store/layout';
import { storeArguments } from '../../localcloud/store/unit';
import { startGateway } from '../../scripts/sandbox/gateway';
import { tools } from '../../scripts/sandbox/tools';

export interface TestStore {
  /** The administrator. */
  admin: StoreAccess;
  /** Where it keeps everything. */
  folder: string;
  /** As if so many days had passed for a bucket. */
  age(bucket: string, days: number): Promise<void>;
  end(): void;
}

/** An empty folder for a store. Versions want extended attributes, which not every /tmp has. */
export const storeFolder = (): string => mkdtempSync('/var/tmp/fleet-store-');

/** An empty one, or that of a folder. */
export async function startStore(folder = storeFolder()): Promise<TestStore> {
  const { versitygw } = await tools();
  for (const path of Object.values(storeFolders(folder))) mkdirSync(path, { recursive: true });
  const key = { access: 'admin', secret: 'of-the-admin' };
  const { endpoint, server } = await startGateway(versitygw, key, (listen) =>
    storeArguments({ listen, region: 'us-east-1', state: folder }),
  );
  return {
    admin: { endpoint, region: 'us-east-1', accessKey: key.access, secretKey: key.secret },
    folder,
    age: (bucket, days) => age(folder, bucket, days),
    end: () => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
