/** The store of a stack, with the administrator's key that its stack file holds. */
import type { S3Client } from '@aws-sdk/client-s3';
import { withStore } from '../../components/store/client';
import type { Declaration } from '../../stacks';
import { NAMESPACE, type Settings } from '../../stacks/model/settings';
import { declarationOf } from '../init/init';
import { configFileOf, passphrase } from './project';
import { StackFile } from './stack-file';
import { settingsOf } from './stack-settings';

interface StackStore {
  declaration: Declaration;
  settings: Settings;
  admin: { accessKey: string; secretKey: string };
}

export type Opened = StackStore & { client: S3Client };

export const openSettings = (stack: string): Promise<StackFile> =>
  StackFile.open(configFileOf(declarationOf(stack).stack), passphrase());

/** What a stack file says of the store. */
export function openStore(stack: string, file: StackFile): StackStore {
  const declaration = declarationOf(stack);
  const admin = {
    accessKey: file.text(`${NAMESPACE}:storeAccessKey`),
    secretKey: file.text(`${NAMESPACE}:storeSecretKey`),
  };
  return { declaration, settings: settingsOf(file, declaration), admin };
}

/** Does something with the store of a stack. */
export async function withStoreOf<T>(stack: string, file: StackFile, work: (opened: Opened) => Promise<T>): Promise<T> {
  const store = openStore(stack, file);
  return withStore({ ...store.settings.store, ...store.admin }, (client) => work({ ...store, client }));
}
