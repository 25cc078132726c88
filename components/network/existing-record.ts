/** Records that the zone holds although the state does not know them. */
import * as pulumi from '@pulumi/pulumi';
import { cloudflareApi, deleteRecord, pointRecord, recordsOf } from './cloudflare';
import { configured } from './configured';
import { settled } from '../settled';

interface RecordHooksArgs {
  content: pulumi.Output<string>;
  meanwhile: pulumi.Output<string>;
  before?: pulumi.ResourceHookBinding['beforeCreate'];
}

/**
 * A zone takes no second record of the same content, and none beside an alias. The one that is there leads to the machine's own address, which
 * is `meanwhile`, until the new one is. `before` runs first.
 */
export function recordHooks(
  name: string,
  zoneId: string,
  { content, meanwhile, before = [] }: RecordHooksArgs,
): pulumi.ResourceHookBinding {
  const parked: string[] = [];
  return {
    beforeCreate: [
      ...before,
      new pulumi.ResourceHook(`existing-record-${name}`, async () => {
        const [wanted, own] = await Promise.all([settled(content), settled(meanwhile)]);
        const api = cloudflareApi(configured);
        for (const record of (await recordsOf(api, zoneId, { name })).filter(
          ({ type, content: held }) => type === 'CNAME' || (type === 'A' && held === wanted),
        )) {
          await pointRecord(api, zoneId, record.id, own);
          parked.push(record.id);
        }
      }),
    ],
    afterCreate: [
      new pulumi.ResourceHook(`doubled-record-${name}`, async () => {
        for (const id of parked.splice(0)) {
          await deleteRecord(cloudflareApi(configured), zoneId, id);
          await pulumi.log.info(`the zone held the record of ${name} already (${id}); it was replaced`);
        }
      }),
    ],
  };
}
