import { EngineError } from '../../errors';
import { HttpAnswer, HttpClient } from '../http';
import { Call } from '../types';

interface Envelope {
  success?: boolean;
  result?: unknown;
  errors?: { code: number; message: string }[];
}

function describe(answer: HttpAnswer): string {
  const errors = (answer.body as Envelope | undefined)?.errors ?? [];
  return errors.length === 0 ? answer.text : errors.map((error) => `${error.message} (${error.code})`).join('; ');
}

/** The Cloudflare API, as far as this engine's resources need it. */
export class CloudflareApi {
  private readonly http: HttpClient;
  private readonly prefix: string;

  constructor(base: URL, token: string) {
    this.prefix = base.pathname.replace(/\/$/, '');
    this.http = new HttpClient({ base, token, describe, retries: 10, wait: 500 });
  }

  /** Sends a request and takes the result out of the envelope. */
  async send<T>(
    call: Call,
    method: string,
    path: string,
    body?: unknown,
    recover?: () => Promise<unknown>,
  ): Promise<T> {
    const answer = await this.http.send<Envelope | undefined>({
      method,
      path: `${this.prefix}${path}`,
      body,
      signal: call.signal,
      recover:
        recover &&
        (async () => {
          const result = await recover();
          return result === undefined ? undefined : { success: true, result };
        }),
    });
    if (answer?.success === false) throw new EngineError(`${method} ${path}: Cloudflare says it did not succeed.`);
    return answer?.result as T;
  }
}
