/** A cloud's API as fleet itself asks it: one question, a bound, and the status beside the answer. */
import pRetry from 'p-retry';
import { request } from 'undici';
import { sentenceOf } from './errors';

const TIMEOUT_MS = 10_000;
const RETRIES = { retries: 3, minTimeout: 250, maxTimeout: 2000 };

export interface Answer {
  status: number;
  body: any;
}

export class CloudApi {
  constructor(
    readonly label: string,
    readonly base: string,
    private readonly token: string | undefined,
    /** Variable of the environment that the token comes from. */
    readonly variable: string,
  ) {}

  get hasToken(): boolean {
    return Boolean(this.token);
  }

  /** Asks, and again where it is throttled or fails on the other side. Throws one sentence where nothing answers. */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Answer> {
    const send = async (): Promise<Answer> => {
      const answer = await request(this.base + path, {
        method,
        headers: { authorization: `Bearer ${this.token ?? ''}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 429 || answer.statusCode >= 500) throw new Error(`it answered ${answer.statusCode}`);
      return { status: answer.statusCode, body: parsed(text) };
    };
    return pRetry(send, RETRIES).catch((error: unknown) => {
      throw new Error(
        `${this.label} does not answer ${method} ${path.split('?')[0]} at ${this.base}: ${sentenceOf(error)}`,
      );
    });
  }

  /** The body of a good answer. */
  async read(path: string): Promise<any> {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`${this.label} answered ${status} to GET ${path.split('?')[0]}`);
    return body;
  }
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
