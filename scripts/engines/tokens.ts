/**
 * Whether the tokens at hand may read what a refresh reads. Asked before an engine starts, because a provider that may not
 * read ends the run in the middle of a list, with a sentence of the API's own that does not say what to do.
 */
import { request } from 'undici';
import { UserError } from '../lib/errors';
import { cloudflareApi, digitalOceanApi } from '../../stacks/outside/addresses';
import { digitalOceanScopes, scopeOf } from '../../stacks/outside/scopes';

interface Question {
  api: 'DigitalOcean' | 'Cloudflare';
  variable: string;
  token: string | undefined;
  url: string;
  scope: string;
}

const TIMEOUT_MS = 10_000;
/** A limit that is lifted later than this is told; an engine would wait for it in silence. */
const LONGEST_WAIT = 30;

export interface TokenEnvironment {
  env: NodeJS.ProcessEnv;
  /** Zone of the stack's public names. */
  zone: string;
  /** Whether the stack has uptime checks, which a refresh reads too. */
  uptime?: boolean;
  /** Providers whose token is in the stack's configuration: the engine alone can read it. */
  configured?: Array<Question['api']>;
}

/** One sentence for each thing that is wrong with the tokens. An API that does not answer is the engine's to report. */
export async function tokenProblems({
  env,
  zone,
  uptime = false,
  configured = [],
}: TokenEnvironment): Promise<string[]> {
  const asked = questions(env, zone, uptime).filter(({ api }) => !configured.includes(api));
  const found = await Promise.all(asked.map(problemOf));
  return [...new Set(found.filter((problem) => problem !== undefined))];
}

/** Throws when a token is missing, refused or short of a scope; nothing has been touched by then. */
export async function requireTokens(environment: TokenEnvironment): Promise<void> {
  const problems = await tokenProblems(environment);
  if (problems.length)
    throw new UserError(
      [
        'The cloud does not let this run look; nothing was touched:',
        ...problems.map((problem) => `  - ${problem}`),
      ].join('\n'),
      'Fix this and run the same command again.',
    );
}

function questions(env: NodeJS.ProcessEnv, zone: string, uptime: boolean): Question[] {
  const digitalocean = (env.DIGITALOCEAN_API_URL ?? digitalOceanApi.value).replace(/\/$/, '');
  const cloudflare = (env.CLOUDFLARE_BASE_URL ?? cloudflareApi.value).replace(/\/$/, '');
  const read = (
    ['Droplet', 'ReservedIp', 'Firewall', 'Tag', 'SshKey', ...(uptime ? (['UptimeCheck'] as const) : [])] as const
  ).map((type) => ({ path: digitalOceanScopes.value[type].path, scope: scopeOf(type, 'read') }));
  return [
    ...read.map(({ path, scope }): Question => ({
      api: 'DigitalOcean',
      variable: 'DIGITALOCEAN_TOKEN',
      token: env.DIGITALOCEAN_TOKEN ?? env.DIGITALOCEAN_ACCESS_TOKEN,
      url: `${digitalocean}${path}?per_page=1`,
      scope,
    })),
    {
      api: 'Cloudflare',
      variable: 'CLOUDFLARE_API_TOKEN',
      token: env.CLOUDFLARE_API_TOKEN,
      url: `${cloudflare}/zones/${zone}/dns_records?per_page=5`,
      scope: 'DNS:Read of the zone',
    },
  ];
}

async function problemOf({ api, variable, token, url, scope }: Question): Promise<string | undefined> {
  if (!token) return `${api}: there is no token; set ${variable} in the environment`;
  const answer = await request(url, {
    headers: { authorization: `Bearer ${token}` },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  }).then(
    async ({ statusCode, headers, body }) => ({
      status: statusCode,
      wait: Number(headers['retry-after'] ?? 0),
      isJson: isJson(await body.text()),
    }),
    () => undefined,
  );
  if (!answer) return undefined;
  const { status, wait } = answer;
  if (!answer.isJson)
    return `something between here and ${api} answers instead of it (HTTP ${status}, no JSON): look at the proxy; nothing is known to be wrong with the token`;
  if (status === 429 && wait > LONGEST_WAIT)
    return `${api} takes no more requests with this token for ${wait} s; run this again then`;
  if (status === 401) return `${api} does not accept the token; set ${variable} to a valid one`;
  if (status === 403) return `${api}: the token lacks the scope ${scope}; give ${variable} one that has it`;
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
