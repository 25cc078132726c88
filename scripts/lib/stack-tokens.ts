/** Where a run of a stack takes its tokens from: the environment, or the stack file. */
import type { TokenEnvironment } from '../engines/tokens';
import { plainConfig } from './plain-config';

/** Reads only what is not secret: the zone, and which providers have a token of their own in the file. */
export function tokensOf(configFile: string, env: NodeJS.ProcessEnv = process.env): TokenEnvironment {
  const config = plainConfig(configFile);
  const zone = config['fleet:zone'] as { id?: unknown } | undefined;
  return {
    env,
    zone: String(zone?.id ?? ''),
    configured: [...(config['digitalocean:token'] ? (['DigitalOcean'] as const) : []), ...(config['cloudflare:apiToken'] ? (['Cloudflare'] as const) : [])],
  };
}
