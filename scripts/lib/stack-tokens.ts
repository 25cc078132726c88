/** Where a run of a stack takes its tokens from: the environment, or the stack file. */
import { rented } from '../../components/machines';
import type { TokenEnvironment } from '../engines/tokens';
import { readSetting } from '../../stacks/model/read-settings';
import { plainConfig } from './plain-config';

/** Reads only what is not secret: the zone, and which providers have a token of their own in the file. */
export function tokensOf(configFile: string, env: NodeJS.ProcessEnv = process.env): TokenEnvironment {
  const config = plainConfig(configFile);
  return {
    env,
    zone: readSetting('zone', config['fleet:zone'])?.id ?? '',
    configured: [
      ...(config[`${rented.package}:token`] ? [rented.provider] : []),
      ...(config['cloudflare:apiToken'] ? ['Cloudflare'] : []),
    ],
  };
}
