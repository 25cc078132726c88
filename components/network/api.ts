/** A provider's HTTP API, asked with its token: the one client for the providers of machines and of names. */
import pRetry, { AbortError } from 'p-retry';
import { request } from 'undici';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One setting of a stack, such as `digitalocean:token`; undefined where it is not set. */
export type Setting = (key: string) => string | undefined;

export interface Access {
  /** Name of the provider. */
  label: string;
  /** Where the provider itself answers, and where else the program is led. */
  official: string;
  base?: string | undefined;
  token: string | undefined;
  /** Variable of the environment that the token comes from. */
  variable: string;
}

export interface Answer<T> {
  status: number;
  /** Undefined where the answer is empty, or no JSON. */
  body?: T;
  /** Whether the API itself answered, and not a proxy with a page of its own. */
  isOwn: boolean;
  /** Seconds until a limit is lifted. */
  wait: number;
}

/** A request that shows whether a token has a scope and changes nothing: a look, or an order that cannot be carried out. */
export interface Attempt {
  scope: string;
  method: Method;
  path: string;
  body?: object;
}

const TIMEOUT_MS = 10_000;
/** How often, and after which pauses in milliseconds, what failed on the other side is asked again. */
export interface Patience {
  retries: number;
  minTimeout: number;
  maxTimeout: number;
}

const PATIENCE: Patience = { retries: 4, minTimeout: 250, maxTimeout: 4000 };
/** A limit that is lifted later than this is told instead of waited for, in seconds. */
export const LONGEST_WAIT = 30;

export class Api {
  readonly base: string;

  constructor(
    private readonly access: Access,
    protected readonly patience = PATIENCE,
  ) {
    this.base = (access.base ?? access.official).replace(/\/$/, '');
  }

  get isOfficial(): boolean {
    return this.base === this.access.official;
  }

  get label(): string {
    return this.access.label;
  }

  get variable(): string {
    return this.access.variable;
  }

  get hasToken(): boolean {
    return Boolean(this.access.token);
  }

  /** Sends one request, once. */
  async send<T>(method: Method, path: string, body?: object): Promise<Answer<T>> {
    const answer = await request(this.base + path, {
      method,
      headers: { authorization: `Bearer ${this.access.token ?? ''}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const text = await answer.body.text();
    const parsed = json<T>(text);
    return {
      status: answer.statusCode,
      isOwn: parsed !== undefined || text === '',
      wait: Number(answer.headers['retry-after'] ?? 0),
      ...(parsed === undefined ? {} : { body: parsed }),
    };
  }

  /** The answer, whatever its status; asks again while the API is throttled, fails or cannot be reached. */
  ask<T>(method: Method, path: string, body?: object): Promise<Answer<T>> {
    return pRetry(async () => {
      const answer = await this.send<T>(method, path, body).catch((error: Error & { code?: string }) => {
        const reason = error.message || error.code;
        throw new Error(`${this.label} does not answer ${method} ${path.split('?')[0]} at ${this.base}: ${reason}`);
      });
      if (answer.status !== 429 && answer.status < 500) return answer;
      const sentence = this.refusal(method, path, answer);
      throw answer.status === 429 && answer.wait > LONGEST_WAIT ? new AbortError(sentence) : new Error(sentence);
    }, this.patience);
  }

  /** The body of a good answer; anything else is an error. */
  async call<T>(method: Method, path: string, body?: object): Promise<T> {
    const answer = await this.asked<T>(method, path, body);
    if (answer.status === 404) throw new Error(this.refusal(method, path, answer));
    return answer.body as T;
  }

  /** The body of a good answer; undefined where the API itself says that there is no such thing. */
  async find<T>(path: string): Promise<T | undefined> {
    const { status, body } = await this.asked<T>('GET', path);
    return status === 404 ? undefined : body;
  }

  /** The scopes that the token lacks. */
  async lacking(attempts: Attempt[]): Promise<string[]> {
    const lacking = new Set<string>();
    // One after the other: a burst of them would be throttled.
    for (const { scope, method, path, body } of attempts)
      if ((await this.ask(method, path, body)).status === 403) lacking.add(scope);
    return [...lacking];
  }

  private async asked<T>(method: Method, path: string, body?: object): Promise<Answer<T>> {
    const { label, variable } = this.access;
    if (!this.hasToken) throw new Error(`${label}: there is no token; set ${variable} in the environment`);
    const answer = await this.ask<T>(method, path, body);
    if (answer.isOwn && (answer.status < 400 || answer.status === 404)) return answer;
    throw new Error(this.refusal(method, path, answer));
  }

  /** One sentence: which call, the provider's own reason, the token it was made with, and what to do. Never the answer as it came. */
  protected refusal(method: string, path: string, { status, isOwn, body, wait }: Answer<unknown>): string {
    const { label, variable } = this.access;
    const what = `${method} ${path.split('?')[0]}`;
    if (!isOwn)
      return `something between here and ${label} answered ${what} (HTTP ${status}, no JSON): look at the proxy; nothing is known to be wrong with the token`;
    const reason = reasonIn(body);
    const said = reason ? ` (${reason})` : '';
    if (status === 401) return `${label} does not accept the token${said}; set ${variable} to a valid one`;
    if (status === 403) return `${label}: the token may not ${what}${said}; give ${variable} one that has the scope`;
    if (status === 429)
      return `${label} takes no more requests for ${wait || 'some'} s (${what})${said}; run the update again then`;
    return `${label} answered ${status} to ${what}${said}`;
  }
}

function json<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** The provider's own words: DigitalOcean's message, or Cloudflare's first error. */
function reasonIn(body: unknown): string | undefined {
  const { message, errors } = (body ?? {}) as { message?: unknown; errors?: Array<{ message?: unknown }> };
  const reason = message ?? errors?.[0]?.message;
  return typeof reason === 'string' ? reason.slice(0, 200) : undefined;
}
