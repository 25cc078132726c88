/**
 * Administration of the store: buckets that let nothing go, and one key an incarnation.
 * The store is a versitygw (or speaks its admin API); its administrator is an account no host ever sees.
 */
import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { sign } from 'aws4';
import { request } from 'undici';
import { z } from 'zod';
import { untilAccepted } from './accepted';
import type { StoreAccess } from './client';
import { POINTS_FOLDER, prunerOf, readerOf, STANDBY_FOLDER, standbyOf, type StoreAccount } from './names';

/** Makes the bucket where it is missing, with versions, which can be locked one by one, from its first moment on. */
export async function ensureBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  } catch (error) {
    if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes((error as S3ServiceException).name)) throw error;
  }
}

/** Makes the account of an incarnation; an existing one gets the same secret again. */
export async function ensureAccount(
  admin: StoreAccess,
  account: Pick<StoreAccount, 'accessKey' | 'secretKey'>,
): Promise<void> {
  const body = `<Account><Access>${account.accessKey}</Access><Secret>${account.secretKey}</Secret><Role>user</Role><UserID>0</UserID><GroupID>0</GroupID></Account>`;
  const { statusCode, text } = await adminCall(admin, '/create-user', body);
  if (statusCode >= 400 && !/exist/i.test(text))
    throw new Error(`the store refused to make the key of this incarnation (HTTP ${statusCode})`);
}

/**
 * Makes the account that may read a bucket, anew: whoever had its secret before has nothing. Its policy names it, so it is never missing for long.
 * Returns for how many seconds the store went by the old one.
 */
export async function renewAccount(admin: StoreAccess, account: StoreAccount): Promise<number> {
  await adminCall(admin, `/delete-user?access=${encodeURIComponent(account.accessKey)}`, '');
  await ensureAccount(admin, account);
  return untilAccepted(admin, account);
}

/** Lets this account, and no other, write to the bucket. Any older incarnation's key is worth nothing from here on. */
export async function grantOnly(client: S3Client, account: StoreAccount, hasStandby = false): Promise<void> {
  await client.send(
    new PutBucketPolicyCommand({ Bucket: account.bucket, Policy: JSON.stringify(policyOf(account, hasStandby)) }),
  );
}

/** Takes the key of whichever host writes to the bucket its right to do so. Who may read may do so still. */
export async function revokeWriter(client: S3Client, bucket: string): Promise<void> {
  const text = await policyText(client, bucket);
  if (text === undefined) return;
  const policy = JSON.parse(text) as { Statement: Array<{ Action: string | string[] }> };
  // A standby and the pruner hide nothing.
  const left = policy.Statement.filter(({ Action }) => ![Action].flat().includes('s3:DeleteObject'));
  if (left.length === policy.Statement.length) return;
  try {
    await client.send(
      new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ ...policy, Statement: left }) }),
    );
  } catch (error) {
    // It names an account that is gone: then nobody has anything, until the next one takes over.
    if ((error as S3ServiceException).name !== 'MalformedPolicy') throw error;
    await revokeAll(client, bucket);
  }
}

const policyText = (client: S3Client, bucket: string): Promise<string | undefined> =>
  client.send(new GetBucketPolicyCommand({ Bucket: bucket })).then(
    ({ Policy }) => Policy,
    (error: S3ServiceException) => {
      if (['NoSuchBucketPolicy', 'NoSuchBucket'].includes(error.name)) return undefined;
      throw error;
    },
  );

/** Whether the bucket lets this account write. */
export async function isWriter(client: S3Client, { bucket, prefix, accessKey }: StoreAccount): Promise<boolean> {
  const text = await policyText(client, bucket);
  const { Statement: statements } = policySchema.parse(JSON.parse(text ?? '{"Statement":[]}'));
  const own = `arn:aws:s3:::${bucket}/${prefix}/*`;
  return (
    statements.every(({ Effect }) => Effect === 'Allow') &&
    statements.some(
      ({ Principal, Action, Resource }) =>
        Resource.includes(own) && Action.includes('s3:PutObject') && Principal.includes(accessKey),
    )
  );
}

const textsSchema = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const policySchema = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Principal: z.union([textsSchema, z.object({ AWS: textsSchema }).transform(({ AWS }) => AWS)]),
      Action: textsSchema,
      Resource: textsSchema,
    }),
  ),
});

/** Takes every key's access to the bucket away: the fence around a host that may still be running. */
export async function revokeAll(client: S3Client, bucket: string): Promise<void> {
  await client.send(
    new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          },
        ],
      }),
    }),
  );
}

/**
 * Read everything of the host; write and hide below the own prefix. To hide is to put a delete marker over a key: `s3:DeleteObject` without
 * `s3:DeleteObjectVersion` removes no version. A proof's account reads, and no more. A standby's writes down how far it is besides.
 * The pruner's lists versions, reads what proofs keep, and removes versions; the store itself holds it off what is locked.
 */
export function policyOf(account: StoreAccount, hasStandby = false): object {
  const arn = `arn:aws:s3:::${account.bucket}`;
  const allow = (Action: string[], Resource: string, AWS = [account.accessKey]) => ({
    Effect: 'Allow',
    Principal: { AWS },
    Action,
    Resource,
  });
  const standby = standbyOf(account.bucket);
  const readers = [account.accessKey, readerOf(account.bucket), ...(hasStandby ? [standby] : [])];
  const pruner = [prunerOf(account.bucket)];
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation'],
        arn,
        readers,
      ),
      allow(['s3:GetObject', 's3:GetObjectVersion'], `${arn}/*`, readers),
      allow(
        ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:DeleteObject'],
        `${arn}/${account.prefix}/*`,
      ),
      ...(hasStandby ? [allow(['s3:PutObject'], `${arn}/${STANDBY_FOLDER}/*`, [standby])] : []),
      allow(['s3:ListBucket', 's3:ListBucketVersions'], arn, pruner),
      allow(['s3:GetObject'], `${arn}/${POINTS_FOLDER}/*`, pruner),
      allow(['s3:DeleteObjectVersion'], `${arn}/*`, pruner),
    ],
  };
}

/** One request to the admin API, signed by the administrator. */
export async function adminCall(
  admin: StoreAccess,
  path: string,
  body: string,
): Promise<{ statusCode: number; text: string }> {
  const { host, origin } = new URL(admin.endpoint);
  const hash = createHash('sha256').update(body).digest('hex');
  const signed = sign(
    {
      service: 's3',
      region: admin.region,
      host,
      method: 'PATCH',
      path,
      body,
      headers: { 'Content-Type': 'application/xml', 'X-Amz-Content-Sha256': hash },
    },
    { accessKeyId: admin.accessKey, secretAccessKey: admin.secretKey },
  );
  const response = await request(origin + path, {
    method: 'PATCH',
    headers: signed.headers as Record<string, string>,
    body,
  });
  return { statusCode: response.statusCode, text: await response.body.text() };
}
