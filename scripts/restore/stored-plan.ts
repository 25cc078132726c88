/** What a service would be restored from, as a restore takes it: read from the store with the stack's own keys. */
import { planOf } from '../../components/store/choice';
import { withStore } from '../../components/store/client';
import { bucketOf } from '../../stacks/model/names';
import type { Plan } from '../../components/store/plan';
import type { ServicePlan } from '../../services';
import type { Declaration, Host } from '../../stacks';
import { NAMESPACE, type Settings } from '../../stacks/model/settings';
import { messageOf, UserError } from '../lib/errors';
import type { StackFile } from '../lib/stack-file';

export interface PlanRequest {
  declaration: Declaration;
  settings: Settings;
  host: Host;
  service: ServicePlan;
  /** RFC 3339; the newest where it is not given. */
  at?: string;
}

export async function storedPlan(
  file: StackFile,
  { declaration, settings, host, service, at }: PlanRequest,
): Promise<Plan> {
  const text = (key: string) => file.text(`${NAMESPACE}:${key}`);
  const access = { ...settings.store, accessKey: text('storeAccessKey'), secretKey: text('storeSecretKey') };
  const bucket = bucketOf(settings.store.bucketPrefix, declaration, host.name);
  const before = at === undefined ? undefined : Date.parse(at);
  return withStore(access, async (client) => {
    const source = { client, bucket, host: host.name, before, keep: declaration.backup.keep };
    const { plan } = await planOf(source, text('backupIdentity'), service);
    return plan;
  }).catch((error) => {
    throw new UserError(`${service.name} cannot be restored: ${messageOf(error)}.`);
  });
}
