/**
 * Whether the tokens at hand may read what a refresh reads. Asked before an engine starts, because a provider that may not
 * read ends the run in the middle of a list, with a sentence of the API's own that does not say what to do.
 */
import { rented } from '../../components/machines';
import { LONGEST_WAIT, type Api, type Attempt } from '../../components/network/api';
import { cloudflareApi, recordsRead } from '../../components/network/cloudflare';
import { UserError } from '../lib/errors';

export interface TokenEnvironment {
  env: NodeJS.ProcessEnv;
  /** Zone of the stack's public names. */
  zone: string;
  /** Whether the stack has uptime checks, which a refresh reads too. */
  uptime?: boolean;
  /** Providers whose token is in the stack's configuration: the engine alone can read it. */
  configured?: string[];
}

/** One sentence for each thing that is wrong with the tokens. An API that does not answer is the engine's to report. */
export async function tokenProblems({
  env,
  zone,
  uptime = false,
  configured = [],
}: TokenEnvironment): Promise<string[]> {
  const { api } = rented.account(undefined, env);
  const asked = [
    ...rented.refreshReads(uptime).map((read) => ({ api, ...read })),
    { api: cloudflareApi(undefined, env), ...recordsRead(zone) },
  ].filter(({ api: { label } }) => !configured.includes(label));
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

async function problemOf({ api, method, path, scope }: Attempt & { api: Api }): Promise<string | undefined> {
  const { label, variable } = api;
  if (!api.hasToken) return `${label}: there is no token; set ${variable} in the environment`;
  const answer = await api.send(method, path).catch(() => undefined);
  if (!answer) return undefined;
  const { status, wait } = answer;
  if (!answer.isOwn)
    return `something between here and ${label} answers instead of it (HTTP ${status}, no JSON): look at the proxy; nothing is known to be wrong with the token`;
  if (status === 429 && wait > LONGEST_WAIT)
    return `${label} takes no more requests with this token for ${wait} s; run this again then`;
  if (status === 401) return `${label} does not accept the token; set ${variable} to a valid one`;
  if (status === 403) return `${label}: the token lacks the scope ${scope}; give ${variable} one that has it`;
  return undefined;
}
