/**
 * Preflight: runs exactly when a primary is about to be created or a standby to be promoted, never in a preview. Its error leaves
 * everything as it is.
 * Whatever is wrong is reported at once.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import * as pulumi from '@pulumi/pulumi';
import { publicName, type ServicePlan } from '../../services';
import type { Host } from '../../stacks';
import type { Configuration } from '../configuration';
import { bucketOf } from '../store/names';
import { storeClient } from '../store/admin';
import { undoOverwrites } from '../store/overwritten';
import { DigitalOceanApi, checkCloudflare } from './apis';
import { fence } from './fence';
import { formerPrimaries } from './former';
import { checkHostKey } from './host-key';
import { leadElsewhere } from './names';
import { answersAsPrimary } from './primary';
import { checkRestorePoints, unreachable } from './restore-point';

export interface PreflightArgs {
  configuration: Configuration;
  host: Host;
  plans: ServicePlan[];
  reservedIp: pulumi.Output<string>;
  /** As in formerPrimaries. */
  primary: string;
  fences: string;
}

/** The hook for whatever makes a machine the primary. */
export function preflightHook(name: string, args: PreflightArgs): pulumi.ResourceHook {
  return new pulumi.ResourceHook(name, async () => {
    const { declaration, settings, secrets } = args.configuration;
    const [accessKey, secretKey, identity, resticPassword, privateKey, hostPrivateKey, reservedIp] = await Promise.all(
      [secrets.storeAccessKey, secrets.storeSecretKey, secrets.backupIdentity, secrets.resticPassword, secrets.deployPrivateKey, secrets[`hostKey-${args.host.name}`], args.reservedIp].map(settled),
    );
    const admin = { ...settings.store, accessKey, secretKey };
    const client = storeClient(admin);
    const bucket = bucketOf(settings.store.bucketPrefix, declaration.stack, args.host.name);
    const api = new DigitalOceanApi();

    // The APIs need not wait for the store. One that does not answer is asked, and told, once; and what was overwritten is
    // put back first, so that the check of the restore points sees what the host really backed up.
    const stored = problemsOf(async () => {
      const away = await unreachable(client, bucket);
      if (away.length) return away;
      await mend(client, bucket, args.host.name);
      return checkRestorePoints({ client, bucket, identity, recipient: settings.backupRecipient, resticPassword, host: args.host, plans: args.plans, bootstrap: settings.bootstrap, restoreAt: settings.restoreAt });
    });
    const listed = await attempt(() => formerPrimaries({ api, stack: declaration.stack, host: args.host.name, primary: args.primary, fences: args.fences, reservedIp }));
    const isFree = listed.value?.length === 0;
    const problems = (
      await Promise.all([
        Promise.resolve(listed.problems),
        problemsOf(async () => {
          const problems = await checkCloudflare(settings.zone.id);
          const names = settings.bootstrap ? args.host.publicNames.map((label) => publicName(label, settings.zone.name)) : [];
          return [...problems, ...(await leadElsewhere(settings.zone.id, names, [reservedIp, ...(listed.value ?? []).map(({ address }) => address)]))];
        }),
        Promise.resolve(checkHostKey(args.host.name, hostPrivateKey, args.configuration.hostKeys[args.host.name])),
        stored,
        // A promotion orders no machine.
        args.fences === args.primary ? problemsOf(() => api.unavailable(args.host)) : Promise.resolve([]),
        isFree ? problemsOf(() => answersAsPrimary(reservedIp)) : Promise.resolve([]),
      ])
    ).flat();
    // Last, because it is the only question that is not a plain look.
    if (problems.length === 0) problems.push(...(await problemsOf(() => api.missingScopes(reservedIp))));
    if (problems.length) {
      throw new Error([`${args.fences === args.primary ? `No droplet was created for ${args.host.name}` : `The standby of ${args.host.name} was not promoted`}; no host, no data and no name was touched:`, ...problems.map((problem) => `  - ${problem}`)].join('\n'));
    }
    if (listed.value?.length) {
      await fence({ droplets: listed.value, api, client, bucket, privateKey, hostKey: args.configuration.hostKeys[args.host.name] });
      await mend(client, bucket, args.host.name);
    }
  });
}

/** Puts back what was overwritten or hidden in the store, and says so. */
async function mend(client: S3Client, bucket: string, host: string): Promise<void> {
  const keys = await undoOverwrites(client, bucket);
  if (keys.length) await pulumi.log.warn(`preflight: ${keys.length} backup objects of ${host} had been overwritten or hidden; their first versions are back: ${keys.slice(0, 5).join(', ')}`);
}

/** The value of an output that is known by the time a hook runs. */
const settled = (output: pulumi.Output<string>) => new Promise<string>((resolve) => output.apply(resolve));

async function attempt<T>(act: () => Promise<T>): Promise<{ value?: T; problems: string[] }> {
  try {
    return { value: await act(), problems: [] };
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
}

async function problemsOf(check: () => Promise<string[]>): Promise<string[]> {
  const { value, problems } = await attempt(check);
  return value ?? problems;
}
