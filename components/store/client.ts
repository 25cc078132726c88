/** The S3 client of the store. */
import { S3Client } from '@aws-sdk/client-s3';

export interface StoreAccess {
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
}

/** A client with path style, because a store may have no wildcard name. The caller destroys it. */
export function storeClient({ endpoint, region, accessKey, secretKey }: StoreAccess): S3Client {
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    maxAttempts: 3,
    // A store that is away must be told within seconds, also where packets vanish without an answer.
    requestHandler: {
      connectionTimeout: 4000,
      requestTimeout: 8000,
      throwOnRequestTimeout: true,
      socketTimeout: 20_000,
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** Does one piece of work with a client of its own. */
export async function withStore<T>(access: StoreAccess, work: (client: S3Client) => Promise<T>): Promise<T> {
  const client = storeClient(access);
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
