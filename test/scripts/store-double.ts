/** A store in memory that locks versions as a real one does, with the admin API on a port of its own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';
import type { StoreAccess } from '../../components/store/client';

interface Version {
  Key: string;
  VersionId: string;
  LastModified: Date;
  marker?: boolean;
  until?: Date;
}

const PAGE = 3;

export class StoreDouble {
  buckets: Record<string, { policy?: string; versions: Version[] }> = {};
  accounts: string[] = [];
  /** Moment that locks are judged by. */
  now = new Date();
  private server!: Server;

  async start(): Promise<this> {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://store');
      if (!request.headers.authorization?.includes('Credential=admin/')) response.statusCode = 403;
      else if (url.pathname === '/list-users')
        response.write(
          `<R>${this.accounts.map((access) => `<Accounts><Access>${access}</Access></Accounts>`).join('')}</R>`,
        );
      else if (url.pathname === '/delete-user')
        this.accounts = this.accounts.filter((access) => access !== url.searchParams.get('access'));
      response.end();
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get admin(): StoreAccess {
    return {
      endpoint: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      accessKey: 'admin',
      secretKey: 'secret',
    };
  }

  /** The first object of a bucket makes it; `until` locks the version. */
  put(bucket: string, key: string, at: Date, { marker, until }: { marker?: boolean; until?: Date } = {}): void {
    const { versions } = (this.buckets[bucket] ??= { versions: [] });
    versions.push({ Key: key, VersionId: `v${versions.length}`, LastModified: at, marker, until });
  }

  get client(): S3Client {
    return {
      send: (command: { constructor: { name: string }; input: any }) =>
        Promise.resolve().then(() => this.answer(command.constructor.name, command.input)),
    } as unknown as S3Client;
  }

  private answer(command: string, input: any): unknown {
    const bucket = this.buckets[input.Bucket];
    switch (command) {
      case 'ListBucketsCommand':
        return { Buckets: Object.keys(this.buckets).map((Name) => ({ Name })) };
      case 'PutBucketPolicyCommand':
        bucket.policy = input.Policy;
        return {};
      case 'GetObjectRetentionCommand': {
        const { until } = bucket.versions.find(({ VersionId }) => VersionId === input.VersionId) ?? {};
        if (!until) throw Object.assign(new Error(), { name: 'NoSuchObjectLockConfiguration' });
        return { Retention: { RetainUntilDate: until } };
      }
      case 'ListObjectVersionsCommand': {
        const from = input.VersionIdMarker
          ? bucket.versions.findIndex(({ VersionId }) => VersionId === input.VersionIdMarker) + 1
          : 0;
        const page = bucket.versions.slice(from, from + PAGE);
        const last = page.at(-1);
        return {
          Versions: page.filter(({ marker }) => !marker),
          DeleteMarkers: page.filter(({ marker }) => marker),
          IsTruncated: from + PAGE < bucket.versions.length,
          NextKeyMarker: last?.Key,
          NextVersionIdMarker: last?.VersionId,
        };
      }
      case 'DeleteObjectCommand': {
        const found = bucket.versions.find(({ VersionId }) => VersionId === input.VersionId);
        if (found?.until && found.until > this.now) throw new Error('AccessDenied: locked');
        bucket.versions = bucket.versions.filter((version) => version !== found);
        return {};
      }
      case 'DeleteBucketCommand':
        if (bucket.versions.length) throw new Error('BucketNotEmpty');
        delete this.buckets[input.Bucket];
        return {};
      default:
        throw new Error(`the store double does not know ${command}`);
    }
  }
}
