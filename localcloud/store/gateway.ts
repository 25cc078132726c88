import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { plan, ports, urls } from '../address-plan';
import type { ServiceSpec } from '../daemon/service';
import { versitygwBinary } from '../parts';
import type { Paths } from '../paths';
import { storeFolders } from './layout';
import { storeArguments } from './unit';

export const STORE_REGION = 'us-east-1';

export interface StoreAdmin {
  accessKey: string;
  secretKey: string;
}

/** The object store: versitygw on plain folders, with versions, object lock and accounts of its own. */
export function storeService(paths: Paths, admin: StoreAdmin): ServiceSpec {
  for (const folder of Object.values(storeFolders(paths.store))) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    name: 'store',
    command: versitygwBinary(paths),
    args: storeArguments({ listen: `${plan.services}:${ports.store}`, region: STORE_REGION, state: paths.store }),
    // In the environment, because arguments are for every user of the machine to see.
    env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: admin.accessKey, ROOT_SECRET_KEY: admin.secretKey },
    log: join(paths.run, 'store.log'),
    ready: async () => {
      try {
        const { statusCode, body } = await request(`${urls.store}/health`, { headersTimeout: 1_000, reset: true });
        await body.dump();
        return statusCode === 200;
      } catch {
        return false;
      }
    },
  };
}
