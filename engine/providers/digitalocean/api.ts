import { EngineError, messageOf } from '../../errors';
import { Value } from '../../values';
import { HttpAnswer, HttpClient, HttpError, pause } from '../http';
import { Call } from '../types';

/**
 * How long until the next look, in milliseconds: short at first, because the embedded cloud answers at once and a rehearsal is timed, and then a
 * quarter of what was waited already, because an account may not ask as often as it likes.
 */
const pauseAfter = (waited: number): number => Math.min(Math.max(waited / 4, 250), 5000);
/** A bound against waiting for ever; no step of a rehearsal takes nearly as long. */
const LONGEST = 20 * 60_000;
const PAGE = 200;

export type Json = { [key: string]: Value | undefined };

function describe(answer: HttpAnswer): string {
  const body = answer.body as { message?: string; request_id?: string } | undefined;
  const request = body?.request_id === undefined ? '' : `(request "${body.request_id}") `;
  return `${request}${body?.message ?? answer.text}`;
}

/** The DigitalOcean API, as far as this engine's resources need it. */
export class DigitalOceanApi {
  private readonly http: HttpClient;

  constructor(base: URL, token: string, env: NodeJS.ProcessEnv) {
    const seconds = (name: string, fallback: number): number => Number(env[name] ?? fallback);
    this.http = new HttpClient({
      base,
      token,
      describe,
      retries: seconds('DIGITALOCEAN_HTTP_RETRY_MAX', 4),
      wait: seconds('DIGITALOCEAN_HTTP_RETRY_WAIT_MIN', 1) * 1000,
    });
  }

  /** Sends a request and takes the value below its root key. */
  async send(
    call: Call,
    method: string,
    path: string,
    root?: string,
    body?: unknown,
    recover?: () => Promise<unknown>,
  ): Promise<Json> {
    const answer = await this.http.send<Record<string, Json> | undefined>({
      method,
      path,
      body,
      signal: call.signal,
      recover,
    });
    if (root === undefined) return {};
    const value = answer?.[root];
    if (value === undefined || value === null)
      throw new EngineError(`${method} ${path}: the answer of the DigitalOcean API has no '${root}'.`);
    return value;
  }

  /** The value below the root key, or nothing for 404. */
  async find(call: Call, path: string, root: string): Promise<Json | undefined> {
    try {
      return await this.send(call, 'GET', path, root);
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Deletes; false when there was nothing to delete. */
  async remove(call: Call, path: string): Promise<boolean> {
    try {
      await this.send(call, 'DELETE', path);
      return true;
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return false;
      throw error;
    }
  }

  /** All elements of a list, page by page. */
  async list(call: Call, path: string, root: string): Promise<Json[]> {
    const all: Json[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.http.send<{ [key: string]: unknown; links?: { pages?: { next?: string } } }>({
        method: 'GET',
        path: `${path}?page=${page}&per_page=${PAGE}`,
        signal: call.signal,
      });
      all.push(...((answer[root] as Json[] | undefined) ?? []));
      if (!answer.links?.pages?.next) return all;
    }
  }

  /** Asks until the answer is the one that was waited for; `what` says which, where it never comes. */
  async poll<T>(call: Call, what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const since = Date.now(); ;) {
      const result = await look();
      if (result !== undefined) return result;
      const waited = Date.now() - since;
      if (waited > LONGEST) throw new EngineError(`${what} did not happen within ${LONGEST / 60_000} minutes.`);
      await pause(pauseAfter(waited), call.signal);
    }
  }

  /** Waits until an action is completed. */
  async finish(call: Call, action: Json, path: string): Promise<void> {
    await this.poll(call, `The end of the action '${String(action.type)}' at DigitalOcean`, async () => {
      const now = await this.send(call, 'GET', path, 'action');
      if (now.status === 'errored')
        throw new EngineError(`The action '${String(action.type)}' failed at DigitalOcean.`);
      return now.status === 'completed' ? true : undefined;
    });
  }
}

/** Adds what was attempted to an error of the API. */
export async function attempt<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof HttpError) throw new HttpError(`${what}: ${messageOf(error)}`, error.status);
    throw error;
  }
}
