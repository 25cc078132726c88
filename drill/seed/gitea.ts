/** Gitea's API, as far as a drill needs it. */
import pRetry from 'p-retry';
import { FormData } from 'undici';
import { messageOf } from '../../scripts/lib/errors';
import type { Answer, Http } from '../../scripts/lib/http';

export class GiteaError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a forge says that is asked for more at once than its SQLite takes within its own wait. Nothing was written. */
const LOCKED = /database is locked/;

export type Authorization = { token: string } | { user: string; password: string } | undefined;

/** The header that authorization is sent in. */
export function authorizationHeader(authorization: Authorization): Record<string, string> {
  if (!authorization) return {};
  if ('token' in authorization) return { authorization: `token ${authorization.token}` };
  return {
    authorization: `Basic ${Buffer.from(`${authorization.user}:${authorization.password}`).toString('base64')}`,
  };
}

export class Gitea {
  constructor(
    readonly http: Http,
    /** Without a slash at the end. */
    readonly baseUrl: string,
    readonly authorization?: Authorization,
    /** How often a request that met a locked database is sent again. Without it, as a client of the load, never. */
    private readonly retries = 0,
  ) {}

  as(authorization: Authorization): Gitea {
    return new Gitea(this.http, this.baseUrl, authorization, this.retries);
  }

  async get<T = any>(path: string): Promise<T> {
    return this.json('GET', path);
  }

  async post<T = any>(path: string, body?: unknown): Promise<T> {
    return this.json('POST', path, body);
  }

  async patch<T = any>(path: string, body: unknown): Promise<T> {
    return this.json('PATCH', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.json('DELETE', path);
  }

  /** Whether the thing is there. */
  async exists(path: string): Promise<boolean> {
    try {
      await this.get(path);
      return true;
    } catch (error) {
      if (error instanceof GiteaError && error.status === 404) return false;
      throw error;
    }
  }

  /** All pages of a list. */
  async list<T = any>(path: string): Promise<T[]> {
    const all: T[] = [];
    const join = path.includes('?') ? '&' : '?';
    for (let page = 1; ; page++) {
      const part = await this.get<T[] | { data: T[] }>(`${path}${join}limit=50&page=${page}`);
      const items = Array.isArray(part) ? part : part.data;
      all.push(...items);
      if (items.length < 50) return all;
    }
  }

  /** Sends a file as the form field `attachment`. */
  async upload(path: string, name: string, data: Buffer): Promise<any> {
    const form = new FormData();
    form.append('attachment', new Blob([new Uint8Array(data)]), name);
    const answer = await this.http.send('POST', `${this.baseUrl}/api/v1${path}`, {
      headers: authorizationHeader(this.authorization),
      body: form,
    });
    return parse(answer, 'POST', path);
  }

  /** Fetches something outside the API, such as an attachment. */
  async download(url: string): Promise<Buffer> {
    const answer = await this.http.send('GET', url, { headers: authorizationHeader(this.authorization) });
    if (answer.status !== 200) throw new GiteaError(answer.status, `GET ${url} answered ${answer.status}`);
    return answer.body;
  }

  private async json(method: string, path: string, body?: unknown): Promise<any> {
    const headers: Record<string, string> = { ...authorizationHeader(this.authorization), accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const ask = async () =>
      parse(
        await this.http.send(method, `${this.baseUrl}/api/v1${path}`, {
          headers,
          body: body === undefined ? undefined : JSON.stringify(body),
        }),
        method,
        path,
      );
    if (this.retries === 0) return ask();
    return pRetry(ask, {
      retries: this.retries,
      minTimeout: 200,
      onFailedAttempt: (error) => {
        if (!LOCKED.test(error.message)) throw error;
      },
    });
  }
}

function parse(answer: Answer, method: string, path: string): any {
  const text = answer.body.toString();
  if (answer.status >= 400) {
    let said = text.slice(0, 200);
    try {
      said = JSON.parse(text).message ?? said;
    } catch (error) {
      said = said || messageOf(error);
    }
    throw new GiteaError(answer.status, `${method} ${path} answered ${answer.status}: ${said}`);
  }
  return text === '' ? undefined : JSON.parse(text);
}
