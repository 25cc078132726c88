/** Whether two clocks agree: signatures hold for a quarter of an hour, and moments of backups are the store's. */
import { request } from 'undici';
import { fails, holds, type Found } from './finding';

const MAX_SECONDS = 30;
const TIMEOUT_MS = 10_000;

/** How far the clock behind an address is ahead of this machine's; what else the answer says does not matter. Throws where there is none. */
export async function clockOf(what: string, url: string, todo: string): Promise<Found> {
  const asked = Date.now();
  const { headers, body } = await request(url, { method: 'GET', headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const here = (asked + Date.now()) / 2;
  await body.dump();
  const there = Date.parse(String(headers.date));
  if (Number.isNaN(there)) return fails(what, 'its answer has no time', todo);
  // The header has whole seconds.
  const ahead = Math.round((there + 500 - here) / 1000);
  if (Math.abs(ahead) > MAX_SECONDS)
    return fails(what, `it is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's clock`, todo);
  return holds(what, `within ${Math.abs(ahead) + 1} s of this machine's`);
}
