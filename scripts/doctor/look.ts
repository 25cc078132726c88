/** What the probes of one stack look at: gathered once, and whatever is missing is left to the probe that is about it. */
import { rented } from '../../components/machines';
import type { MachineAccount } from '../../components/machines/driver';
import type { Api } from '../../components/network/api';
import { cloudflareApi } from '../../components/network/cloudflare';
import type { Declaration } from '../../stacks';
import { readSetting } from '../../stacks/model/read-settings';
import { NAMESPACE, type Settings } from '../../stacks/model/settings';
import { declarationOf } from '../init/init';
import { sentenceOf } from '../lib/errors';
import { plainConfig } from '../lib/plain-config';
import { configFileOf, passphrase } from '../lib/project';
import { StackFile } from '../lib/stack-file';

export interface Look {
  declaration: Declaration;
  configFile: string;
  /** The stack's file, opened; or why it does not open. */
  file: StackFile | { closed: string };
  /** One setting, plain or secret; undefined where it is not there. */
  value(key: string): unknown;
  zone?: Settings['zone'];
  store?: Settings['store'];
  account: MachineAccount;
  cloudflare: Api;
  /** Whether the APIs are the providers' own; those of a rehearsal have an outside of their own, which is not seen from here. */
  isReal: boolean;
  /** Whether the stack has nothing yet. */
  isFirst: boolean;
}

export async function lookAt(stack: string, isFirst: boolean, env: NodeJS.ProcessEnv = process.env): Promise<Look> {
  const declaration = declarationOf(stack);
  const configFile = configFileOf(stack);
  const file = await open(configFile, env);
  const plain = plainConfig(configFile);
  const value = (key: string): unknown => ('closed' in file ? plain[key] : file.get(key));
  const text = (key: string): string | undefined => (typeof value(key) === 'string' ? String(value(key)) : undefined);
  const account = rented.account(text, env);
  return {
    declaration,
    configFile,
    file,
    value,
    zone: readSetting('zone', value(`${NAMESPACE}:zone`)),
    store: readSetting('store', value(`${NAMESPACE}:store`)),
    account,
    cloudflare: cloudflareApi(text, env),
    isReal: account.api.isOfficial,
    isFirst,
  };
}

async function open(configFile: string, env: NodeJS.ProcessEnv): Promise<Look['file']> {
  try {
    return await StackFile.open(configFile, passphrase(env));
  } catch (error) {
    return { closed: sentenceOf(error) };
  }
}
