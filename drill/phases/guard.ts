/** What somebody who took the host over could do to its backups: tried with the host's own key, on the live host's backups. */
import { randomBytes } from 'node:crypto';
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { withHostKey, type AsHost } from '../host-key-to-store';

const PARTS = ['database', 'repositories', 'files'];

/** Tries everything but to hide, which the key may; what is overwritten here must be whole again after the rebuild, which the comparison shows. */
export async function guard(drill: Seeded): Promise<void> {
  drill.progress.waiting('a marker in the raw bytes of the store');
  const holding = await drill.provider.inStore(drill.marker);
  drill.record.none(
    'the store holds nothing in clear',
    holding,
    'a marker from an issue and an attachment is nowhere in its raw bytes',
    'found in ',
  );
  drill.progress.waiting('an attack on the backups with the host’s key');
  await withHostKey(drill, (asHost) => attack(drill, asHost));
}

async function attack(drill: Seeded, { client, bucket: Bucket, prefix }: AsHost): Promise<void> {
  const denied: string[] = [];
  const allowed: string[] = [];
  const attempt = (what: string, act: Promise<unknown>) =>
    act.then(
      () => allowed.push(what),
      (error: S3ServiceException) => denied.push(`${what} (${error.name})`),
    );
  for (const part of PARTS) {
    const { Key, VersionId } = await anObject(client, Bucket, `${prefix}/gitea/${part}/`);
    const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: new Date(Date.now() + 1000) };
    const shorter = new PutObjectRetentionCommand({ Bucket, Key, VersionId, Retention });
    await attempt(`delete by version of ${part}`, client.send(new DeleteObjectCommand({ Bucket, Key, VersionId })));
    await attempt(`shorter retention of ${part}`, client.send(shorter));
  }
  const VersioningConfiguration = { Status: 'Suspended' as const };
  const Rules = [{ ID: 'all', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } }];
  const DefaultRetention = { Mode: 'COMPLIANCE' as const, Days: 1 };
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule: { DefaultRetention } };
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}/*` }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const expiring = new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } });
  const suspended = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration });
  await attempt('suspended versions', client.send(suspended));
  await attempt('a lifecycle that expires all', client.send(expiring));
  const locked = new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration });
  await attempt('a retention by default', client.send(locked));
  await attempt('a policy of its own', client.send(new PutBucketPolicyCommand({ Bucket, Policy })));
  const refused = `refused: ${denied.join(', ')}`;
  drill.record.none('the host’s key cannot destroy backups', allowed, refused, 'allowed: ');

  // Overwriting cannot be refused to a key that may write; the rebuild takes the versions before.
  let overwritten = 0;
  for (const part of PARTS) {
    const { Key } = await anObject(client, Bucket, `${prefix}/gitea/${part}/`);
    await client.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(512) })).then(
      () => overwritten++,
      () => undefined,
    );
  }
  drill.progress.say(`  overwrote ${overwritten} objects of the backups with noise`);
}

async function anObject(client: S3Client, bucket: string, prefix: string): Promise<{ Key: string; VersionId: string }> {
  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }));
  const [one] = (Versions ?? []).flatMap(({ Key, VersionId }) =>
    Key && VersionId && !Key.includes('/locks/') ? [{ Key, VersionId }] : [],
  );
  return required(one, `an object below ${prefix}`);
}
