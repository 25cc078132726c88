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
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { asTheHost } from '../host-key-to-store';

const PARTS = ['database', 'repositories', 'files'];

/** Tries everything; what is overwritten here must be whole again after the rebuild, which the comparison shows. */
export async function guard(drill: Seeded): Promise<void> {
  drill.progress.waiting('a marker in the raw bytes of the store');
  const holding = await drill.provider.inStore(drill.marker);
  drill.record.check(
    'the store holds nothing in clear',
    holding.length === 0,
    holding.length
      ? `found in ${holding.join(', ')}`
      : 'a marker from an issue and an attachment is nowhere in its raw bytes',
  );
  drill.progress.waiting('an attack on the backups with the host’s key');
  const { client, bucket, prefix } = await asTheHost(drill);
  try {
    const denied: string[] = [];
    const allowed: string[] = [];
    const attempt = async (what: string, act: () => Promise<unknown>) => {
      await act().then(
        () => allowed.push(what),
        (error: S3ServiceException) => denied.push(`${what} (${error.name})`),
      );
    };
    for (const part of PARTS) {
      const { Key, VersionId } = await anObject(client, bucket, `${prefix}/gitea/${part}/`);
      await attempt(`delete of ${part}`, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })));
      await attempt(`delete by version of ${part}`, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId })),
      );
      await attempt(`shorter retention of ${part}`, () =>
        client.send(
          new PutObjectRetentionCommand({
            Bucket: bucket,
            Key,
            VersionId,
            Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 1000) },
          }),
        ),
      );
    }
    await attempt('suspended versions', () =>
      client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Suspended' } })),
    );
    await attempt('a lifecycle that expires all', () =>
      client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: {
            Rules: [{ ID: 'all', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
          },
        }),
      ),
    );
    await attempt('no retention by default', () =>
      client.send(
        new PutObjectLockConfigurationCommand({
          Bucket: bucket,
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
        }),
      ),
    );
    await attempt('a policy of its own', () =>
      client.send(
        new PutBucketPolicyCommand({
          Bucket: bucket,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${bucket}/*` }],
          }),
        }),
      ),
    );
    drill.record.check(
      'the host’s key cannot destroy backups',
      allowed.length === 0,
      allowed.length ? `allowed: ${allowed.join(', ')}` : `refused: ${denied.join(', ')}`,
    );

    // Overwriting cannot be refused to a key that may write; the rebuild takes the versions before.
    const overwritten: string[] = [];
    for (const part of PARTS) {
      const { Key } = await anObject(client, bucket, `${prefix}/gitea/${part}/`);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: randomBytes(512) })).then(
        () => overwritten.push(Key),
        () => undefined,
      );
    }
    drill.progress.say(`  overwrote ${overwritten.length} objects of the backups with noise`);
  } finally {
    client.destroy();
  }
}

async function anObject(client: S3Client, bucket: string, prefix: string): Promise<{ Key: string; VersionId: string }> {
  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }));
  const [one] = (Versions ?? []).flatMap(({ Key, VersionId }) =>
    Key && VersionId && !Key.includes('/locks/') ? [{ Key, VersionId }] : [],
  );
  return required(one, `an object below ${prefix}`);
}
