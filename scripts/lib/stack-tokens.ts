/** Where a run of a stack takes its tokens from: the environment, or the stack file. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { TokenEnvironment } from '../engines/tokens';

/** Reads only what is not secret: the zone, and which providers have a token of their own in the file. */
export function tokensOf(configFile: string, env: NodeJS.ProcessEnv = process.env): TokenEnvironment {
  const config = (existsSync(configFile) ? (parse(readFileSync(configFile, 'utf8')) as { config?: Record<string, unknown> } | null)?.config : undefined) ?? {};
  const zone = config['fleet:zone'] as { id?: unknown } | undefined;
  return {
    env,
    zone: String(zone?.id ?? ''),
    configured: [...(config['digitalocean:token'] ? (['DigitalOcean'] as const) : []), ...(config['cloudflare:apiToken'] ? (['Cloudflare'] as const) : [])],
  };
}
