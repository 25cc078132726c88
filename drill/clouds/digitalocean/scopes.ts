/**
 * Whether the tokens and keys may do all that a drill does, before it does anything. Reading is tried by reading. Writing is
 * tried by requests that cannot succeed: who may not is told 403, who may is told that the request is wrong.
 */
import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
import { messageOf } from '../../../scripts/lib/errors';
import { listAccounts } from '../../../components/store/accounts';
import type { StoreAccess } from '../../../components/store/client';
import { attempts } from '../../../components/machines/digitalocean/scopes';
import type { Attempt } from '../../../components/network/api';
import type { Api } from './api';
import { cannotBegin } from './settings';

/** Everything that is refused, in one error; throws nothing where all is allowed. */
export async function checkAccess(at: {
  digitalocean: Api;
  cloudflare: Api;
  zone: { id: string; name: string };
  admin: StoreAccess;
  store: S3Client;
}): Promise<void> {
  const problems = [
    ...(await refused(at.digitalocean, attempts(false))),
    ...(await cloudflareProblems(at)),
    ...(await storeProblems(at)),
  ];
  if (problems.length) throw cannotBegin(problems);
}

/** One sentence for a token that does not work, or one for each thing that it may not. */
async function refused(api: Api, tried: Attempt[]): Promise<string[]> {
  const { label, variable } = api;
  const problems: string[] = [];
  for (const { scope, method, path, body } of tried) {
    const answer = await api.ask(method, path, body).catch((error: unknown) => messageOf(error));
    if (typeof answer === 'string') return [answer];
    const { status } = answer;
    if (status === 401) return [`${label} does not accept the token of ${variable}`];
    if (status === 403) problems.push(`${label}: the token of ${variable} lacks the scope ${scope}`);
    else if (method === 'GET' && status !== 200)
      problems.push(`${label} answered ${status} to ${method} ${path.split('?')[0]}`);
  }
  return [...new Set(problems)];
}

async function cloudflareProblems({
  cloudflare,
  zone,
}: {
  cloudflare: Api;
  zone: { id: string; name: string };
}): Promise<string[]> {
  const own = `/zones/${zone.id}`;
  const problems = await refused(cloudflare, [
    { scope: 'Zone:Read of the zone', method: 'GET', path: own },
    { scope: 'DNS:Edit of the zone', method: 'GET', path: `${own}/dns_records` },
    { scope: 'DNS:Edit of the zone', method: 'POST', path: `${own}/dns_records`, body: {} },
  ]);
  if (problems.length) return problems;
  const { result } = await cloudflare.call<{ result: { name: string } }>('GET', own);
  return result.name === zone.name ? [] : [`Cloudflare: zone ${zone.id} is ${result.name}, not ${zone.name}`];
}

async function storeProblems({ store, admin }: { store: S3Client; admin: StoreAccess }): Promise<string[]> {
  try {
    await store.send(new ListBucketsCommand({}));
    await listAccounts(admin);
    return [];
  } catch (error) {
    return [`the store at ${admin.endpoint} does not let its administrator in: ${messageOf(error)}`];
  }
}
