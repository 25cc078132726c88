/** What a drill on a real account needs to be told: by the environment, and what is no secret also by a file. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../../scripts/lib/errors';
import { cloudflareApi, digitalOceanApi } from '../../../stacks/outside/addresses';

const url = z.url({ protocol: /^https?$/, error: 'write a full http(s) URL' });
const secret = z.string().min(1);

const schema = z.strictObject({
  digitalOceanToken: secret,
  cloudflareToken: secret,
  storeAccessKey: secret,
  storeSecretKey: secret,
  zoneId: z.string().regex(/^[0-9a-f]{32}$/, 'a Cloudflare zone id is 32 hexadecimal digits'),
  zoneName: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'write the domain, such as example.org'),
  storeEndpoint: url,
  storeRegion: z.string().min(1).default('us-east-1'),
  /** What the store's keeper charges for keeping 1 GB for a month. */
  storeUsdPerGbMonth: z.coerce.number().nonnegative().default(0.03),
  /** Asked instead of the zone's own name servers. */
  nameserver: z.ipv4().optional(),
  /** Public address of this machine; without it the webhook is not tried. */
  hookAddress: z.ipv4().optional(),
  artifactMirror: url.optional(),
  digitalOceanUrl: url.default(digitalOceanApi.value),
  cloudflareUrl: url.default(cloudflareApi.value),
});

export type AccountSettings = z.infer<typeof schema>;
type Key = keyof AccountSettings;

/** Where each value comes from; only what has a path may lie in a file. */
const SOURCES: Record<Key, { what: string; variables: string[]; path?: [string] | [string, string] }> = {
  digitalOceanToken: { what: 'the DigitalOcean token', variables: ['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN'] },
  cloudflareToken: { what: 'the Cloudflare token', variables: ['CLOUDFLARE_API_TOKEN'] },
  zoneId: { what: 'the id of the Cloudflare zone', variables: ['FLEET_ZONE_ID'], path: ['zone', 'id'] },
  zoneName: { what: 'the name of the Cloudflare zone', variables: ['FLEET_ZONE_NAME'], path: ['zone', 'name'] },
  storeEndpoint: {
    what: 'the endpoint of the store',
    variables: ['FLEET_STORE_ENDPOINT'],
    path: ['store', 'endpoint'],
  },
  storeRegion: { what: 'the region of the store', variables: ['FLEET_STORE_REGION'], path: ['store', 'region'] },
  storeUsdPerGbMonth: {
    what: 'the price of the store',
    variables: ['FLEET_STORE_USD_PER_GB_MONTH'],
    path: ['store', 'usdPerGbMonth'],
  },
  storeAccessKey: { what: 'the administrator access key of the store', variables: ['FLEET_STORE_ACCESS_KEY'] },
  storeSecretKey: { what: 'the administrator secret key of the store', variables: ['FLEET_STORE_SECRET_KEY'] },
  nameserver: { what: 'the name server', variables: ['FLEET_NAMESERVER'], path: ['nameserver'] },
  hookAddress: { what: 'the address for the webhook', variables: ['FLEET_HOOK_ADDRESS'], path: ['hookAddress'] },
  artifactMirror: { what: 'the artifact mirror', variables: ['FLEET_ARTIFACT_MIRROR'], path: ['artifactMirror'] },
  digitalOceanUrl: { what: 'the address of the DigitalOcean API', variables: ['DIGITALOCEAN_API_URL'] },
  cloudflareUrl: { what: 'the address of the Cloudflare API', variables: ['CLOUDFLARE_BASE_URL'] },
};

/** Reads everything and names all that is missing or malformed at once; no value is shown. The environment wins over the file. */
export function accountSettings(env: NodeJS.ProcessEnv, file?: string): AccountSettings {
  const written = file === undefined ? new Map<string, unknown>() : readFile(file);
  const given: Partial<Record<Key, unknown>> = {};
  for (const [key, { variables, path }] of Object.entries(SOURCES)) {
    const value = variables.map((name) => env[name]).find(Boolean) ?? (path && written.get(path.join('.')));
    if (value !== undefined) given[key as Key] = value;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success)
    return {
      ...parsed.data,
      digitalOceanUrl: bare(parsed.data.digitalOceanUrl),
      cloudflareUrl: bare(parsed.data.cloudflareUrl),
    };
  const problems = parsed.error.issues.map((issue) => {
    const key = issue.path[0] as Key;
    const { what, variables, path } = SOURCES[key];
    const where = `${variables[0]}${path ? `, or ${path.join('.')} in the file of --account` : ''}`;
    return given[key] === undefined
      ? `${what} is missing: set ${where}`
      : `${what} is malformed (${where}): ${issue.message}`;
  });
  throw cannotBegin(problems);
}

/** Everything that stands in the way, at once. */
export const cannotBegin = (problems: string[]): UserError =>
  new UserError(
    ['A drill on a real account cannot begin; nothing was touched:', ...problems.map((one) => `  - ${one}`)].join('\n'),
  );

const bare = (address: string): string => address.replace(/\/+$/, '');

/** The values of a file by their dotted path. Secrets have none, so that nobody writes them there. */
function readFile(file: string): Map<string, unknown> {
  if (!existsSync(file)) throw new UserError(`The file of --account, ${file}, does not exist.`);
  let written: unknown;
  try {
    written = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw new UserError(`${file} is not valid YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(written as object)) {
    if (typeof value === 'object' && value !== null)
      for (const [inner, deep] of Object.entries(value)) values.set(`${key}.${inner}`, deep);
    else values.set(key, value);
  }
  const known = Object.values(SOURCES).flatMap(({ path }) => (path ? [path.join('.')] : []));
  const unknown = [...values.keys()].filter((key) => !known.includes(key));
  if (unknown.length)
    throw new UserError(
      `${file} holds ${unknown.join(', ')}, which it may not.`,
      `It may hold ${known.join(', ')}; tokens and keys come from the environment.`,
    );
  return values;
}
