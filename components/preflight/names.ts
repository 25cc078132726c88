/** Whether a public name is free for a stack that starts empty: a second record would send half of all requests to either host. */
import type { Api } from '../network/api';
import { leads, recordsOf } from '../network/cloudflare';

/**
 * One sentence for each record that leads a name elsewhere. Asked on an empty start only: a stack that holds its record already may find it
 * changed by hand, and then it is corrected, not refused. `own`: addresses that an interrupted start may have led it to.
 */
export async function leadElsewhere(api: Api, zoneId: string, names: string[], own: string[]): Promise<string[]> {
  const records = (await Promise.all(names.map((name) => recordsOf(api, zoneId, { name })))).flat();
  return records
    .filter((record) => leads(record) && !own.includes(record.content))
    .map(
      ({ id, name, content }) =>
        `${name} already leads to ${content}, by a record that is not of this stack (${id}); both hosts would be asked in turn. Secure what is served there (README, "Moving in"), delete that record in the zone, and run the update again`,
    );
}
