/** The two APIs of a real account: every page of a list, and patience where they ask for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError, messageOf } from '../../../scripts/lib/errors';

/** How often a request that may be repeated is made, and the longest pause between two. */
const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 30_000;
const ANSWER_MS = 30_000;

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface ApiOptions {
  label: string;
  base: string;
  token: string;
  /** Variable that the token comes from, for the sentence that says it does not work. */
  variable: string;
  /** First pause before a request is repeated, in milliseconds. */
  pauseMs?: number;
}

interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export class Api {
  constructor(private readonly options: ApiOptions) {}

  get base(): string {
    return this.options.base;
  }

  /** The body of a good answer; anything else is an error with the status. */
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.patiently(method, path, body);
    if (answer.status < 400) return answer.body;
    throw new ApiError(this.refusal(method, path, answer), answer.status);
  }

  /** Only the status: to see whether a token may do something. */
  async status(method: string, path: string, body?: unknown): Promise<number> {
    return (await this.patiently(method, path, body)).status;
  }

  /** Deletes; what is gone already counts as deleted, and what has something pending is waited for. */
  async remove(path: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.patiently('DELETE', path);
      if (answer.status < 400 || answer.status === 404) return;
      if (![409, 412, 422].includes(answer.status) || attempt >= ATTEMPTS)
        throw new ApiError(this.refusal('DELETE', path, answer), answer.status);
      await sleep(this.pause(attempt));
    }
  }

  /** Every entry of a DigitalOcean list. */
  async list(path: string, key: string): Promise<any[]> {
    const entries: any[] = [];
    for (let page = 1; ; page++) {
      const body = await this.call('GET', `${path}${path.includes('?') ? '&' : '?'}page=${page}&per_page=200`);
      entries.push(...(body[key] ?? []));
      if (!body.links?.pages?.next) return entries;
    }
  }

  /** Every entry of a Cloudflare list. */
  async results(path: string): Promise<any[]> {
    const entries: any[] = [];
    for (let page = 1; ; page++) {
      const { result, result_info: info } = await this.call('GET', `${path}?page=${page}&per_page=100`);
      entries.push(...(result ?? []));
      if (!result?.length || page >= (info?.total_pages ?? page)) return entries;
    }
  }

  /** Repeats what was throttled, failed on the other side or got no answer. */
  private async patiently(method: string, path: string, body?: unknown): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.send(method, path, body).catch((error: unknown) => error as Error);
      const last = attempt >= ATTEMPTS;
      if (answer instanceof Error) {
        if (last)
          throw new UserError(
            `${this.options.label} does not answer at ${this.options.base}: ${messageOf(answer.cause ?? answer)}.`,
          );
      } else if (last || (answer.status !== 429 && answer.status < 500)) return answer;
      await sleep(this.pause(attempt, answer instanceof Error ? undefined : answer.headers));
    }
  }

  private async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(this.options.base + path, {
      method,
      headers: { authorization: `Bearer ${this.options.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parsed(text) };
  }

  /** The pause that the other side asks for, or one that doubles. */
  private pause(attempt: number, headers?: Headers): number {
    const asked = Number(headers?.get('retry-after') ?? Number.NaN) * 1000;
    const own = (this.options.pauseMs ?? 1000) * 2 ** (attempt - 1);
    return Math.min(Number.isNaN(asked) ? own : asked, LONGEST_PAUSE_MS);
  }

  private refusal(method: string, path: string, { status, body }: Answer): string {
    const { label, variable } = this.options;
    const what = `${method} ${path.split('?')[0]}`;
    if (status === 401) return `${label} does not accept the token; check ${variable}`;
    if (status === 403) return `${label}: the token of ${variable} lacks the scope for ${what}`;
    const said = body?.message ?? body?.errors?.[0]?.message;
    return `${label} answered ${status} to ${what}${said ? ` (${said})` : ''}`;
  }
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
