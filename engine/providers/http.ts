import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { CancelledError, EngineError } from '../errors';

export interface HttpAnswer {
  status: number;
  body: unknown;
  text: string;
}

export interface HttpOptions {
  base: URL;
  token: string;
  /** Attempts after the first one. */
  retries: number;
  /** First waiting time in milliseconds; it doubles. */
  wait: number;
  /** How an error answer is read. */
  describe: (answer: HttpAnswer) => string;
}

const MAX_WAIT = 30_000;
const REQUEST_TIMEOUT = 60_000;

/** Status of what is not the API's own answer: a page of something between here and there says nothing of either, not even by its 404. */
const PAGE = 0;
const NO_ANSWER = 'without JSON: something between here and the API answers instead of it, look at the proxy';

/** An answer outside 2xx. */
export class HttpError extends EngineError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

function isRetried(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** What the server asks for, in milliseconds: `Retry-After` in seconds or as a date. */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** Waits, unless the operation is cancelled meanwhile. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw signal.reason instanceof EngineError ? signal.reason : new CancelledError();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Request {
  method: string;
  path: string;
  body?: unknown;
  signal: AbortSignal;
  /**
   * Looks, before a request with unknown outcome is sent again, whether it was done after all.
   * Without this, a create whose answer was lost is made twice.
   */
  recover?: () => Promise<unknown>;
}

/** An API client that retries what may pass. */
export class HttpClient {
  // No proxy from the environment: the endpoint is this machine or its embedded cloud.
  private readonly agent = new Agent({ connect: { timeout: 10_000 } });

  constructor(private readonly options: HttpOptions) {}

  /** Sends a request; the parsed body of a 2xx answer, or an HttpError. */
  async send<T>(call: Request): Promise<T> {
    const { base } = this.options;
    const shown = `${call.method} ${base.origin}${call.path}`;
    for (let attempt = 0; ; attempt++) {
      let wait = Math.min(this.options.wait * 2 ** attempt, MAX_WAIT);
      let problem: EngineError;
      let outcomeKnown = false;
      try {
        const answer = await this.once(call);
        if (answer.status >= 200 && answer.status < 300) return answer.body as T;
        problem =
          answer.body === undefined
            ? new HttpError(`${shown}: ${answer.status} ${NO_ANSWER}`, PAGE)
            : new HttpError(`${shown}: ${answer.status} ${this.options.describe(answer)}`, answer.status);
        if (!isRetried(answer.status)) throw problem;
        // A refusal for load was certainly not carried out.
        outcomeKnown = answer.status === 429;
        wait = answer.retryAfter ?? wait;
        if (wait > MAX_WAIT)
          throw new HttpError(
            `${problem.message}; it takes no more requests for ${Math.ceil(wait / 1000)} s, run this again then`,
            answer.status,
          );
      } catch (error) {
        if (call.signal.aborted)
          throw call.signal.reason instanceof EngineError ? call.signal.reason : new CancelledError();
        if (error instanceof HttpError) throw error;
        problem = new EngineError(`${shown}: ${connectionProblem(error)}`);
      }
      if (attempt >= this.options.retries) throw attempt === 0 ? problem : withAttempts(problem, attempt + 1);
      await pause(wait, call.signal);
      const recovered = outcomeKnown ? undefined : await call.recover?.();
      if (recovered !== undefined) return recovered as T;
    }
  }

  private async once(call: Request): Promise<HttpAnswer & { retryAfter?: number }> {
    const response = await request(new URL(call.path, this.options.base), {
      method: call.method as 'GET',
      dispatcher: this.agent,
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(REQUEST_TIMEOUT)]),
      headers: {
        authorization: `Bearer ${this.options.token}`,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      body: parse(text),
      text,
      retryAfter: retryAfter(response.headers['retry-after']),
    };
  }
}

function withAttempts(problem: EngineError, attempts: number): EngineError {
  const message = `${problem.message}; giving up after ${attempts} attempts`;
  return problem instanceof HttpError ? new HttpError(message, problem.status) : new EngineError(message);
}

function connectionProblem(error: unknown): string {
  const code =
    (error as { code?: string; cause?: { code?: string } })?.code ??
    (error as { cause?: { code?: string } })?.cause?.code;
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    UND_ERR_SOCKET: 'the connection was lost',
    ECONNRESET: 'the connection was lost',
  };
  return code !== undefined && words[code] !== undefined
    ? words[code]
    : `the request failed${code === undefined ? '' : ` (${code})`}`;
}
