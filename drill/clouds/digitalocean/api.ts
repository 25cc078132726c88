/** The two APIs of a real account: every page of a list, and patience where they ask for it. */
import pRetry, { AbortError } from 'p-retry';
import { Api as ProviderApi, type Access } from '../../../components/network/api';

/** A drill has time: what it cannot remove costs money. */
const LONGEST_PAUSE_MS = 30_000;
const RETRIES = 7;

export class Api extends ProviderApi {
  constructor(access: Access, pauseMs = 1000) {
    super(access, { retries: RETRIES, minTimeout: pauseMs, maxTimeout: LONGEST_PAUSE_MS });
  }

  /** Deletes; what is gone already counts as deleted, and what has something pending is waited for. */
  async remove(path: string): Promise<void> {
    await pRetry(async () => {
      const answer = await this.ask('DELETE', path).catch((error: Error) => {
        throw new AbortError(error);
      });
      if (answer.status < 400 || answer.status === 404) return;
      const refused = new Error(this.refusal('DELETE', path, answer));
      throw [409, 412, 422].includes(answer.status) ? refused : new AbortError(refused);
    }, this.patience);
  }

  /** Every entry of a DigitalOcean list. */
  async list(path: string, key: string): Promise<any[]> {
    const entries: any[] = [];
    for (let page = 1; ; page++) {
      const body = await this.call<any>('GET', `${path}${path.includes('?') ? '&' : '?'}page=${page}&per_page=200`);
      entries.push(...(body[key] ?? []));
      if (!body.links?.pages?.next) return entries;
    }
  }

  /** Every entry of a Cloudflare list. */
  async results(path: string): Promise<any[]> {
    const entries: any[] = [];
    for (let page = 1; ; page++) {
      const { result, result_info: info } = await this.call<any>('GET', `${path}?page=${page}&per_page=100`);
      entries.push(...(result ?? []));
      if (!result?.length || page >= (info?.total_pages ?? page)) return entries;
    }
  }
}
