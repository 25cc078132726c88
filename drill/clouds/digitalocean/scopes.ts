/**
 * Whether the tokens and keys may do all that a drill does, before it does anything. Reading is tried by reading. Writing is
 * tried by requests that cannot succeed (an empty body, an id that cannot exist): who may not is told 403, who may is told
 * that the request is wrong.
 */
import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
import { UserError, messageOf } from '../../../scripts/lib/errors';
import { listAccounts } from '../../../components/store/accounts';
import type { StoreAccess } from '../../../components/store/client';
import { digitalOceanScopes } from '../../../stacks/outside/scopes';
import type { Api } from './api';

type ResourceType = keyof typeof digitalOceanScopes.value;

/** An id that no resource of the type can have. */
const NOBODY: Partial<Record<ResourceType, string>> = {
  Droplet: '0',
  ReservedIp: '0.0.0.0',
  Firewall: '00000000-0000-0000-0000-000000000000',
  SshKey: '0',
  Tag: 'fleet-drill-no-such-tag',
};
/** Changed by actions that are posted to them. */
const ACTED_ON: ResourceType[] = ['Droplet', 'ReservedIp'];

/** What a drill does to each type of resource; a drill has no uptime checks. */
const DIGITALOCEAN: Array<[string, string]> = [
  ['GET', digitalOceanScopes.value.account.path],
  ['GET', '/v2/sizes?per_page=1'],
  ['GET', '/v2/actions?per_page=1'],
  ...(Object.entries(NOBODY) as Array<[ResourceType, string]>).flatMap(([type, nobody]): Array<[string, string]> => {
    const { path } = digitalOceanScopes.value[type];
    return [
      ['GET', `${path}?per_page=1`],
      ['POST', path],
      ...(ACTED_ON.includes(type) ? ([['POST', `${path}/${nobody}/actions`]] as Array<[string, string]>) : []),
      ['DELETE', `${path}/${nobody}`],
    ];
  }),
];

/** Everything that is refused, in one error; throws nothing where all is allowed. */
export async function checkAccess(at: {
  digitalocean: Api;
  cloudflare: Api;
  zone: { id: string; name: string };
  admin: StoreAccess;
  store: S3Client;
}): Promise<void> {
  const problems = [
    ...(await refused('DigitalOcean', 'DIGITALOCEAN_TOKEN', at.digitalocean, DIGITALOCEAN)),
    ...(await cloudflareProblems(at)),
    ...(await storeProblems(at)),
  ];
  if (problems.length === 0) return;
  throw new UserError(
    [
      'A drill on a real account cannot begin; nothing was touched:',
      ...problems.map((problem) => `  - ${problem}`),
    ].join('\n'),
  );
}

/** One sentence for a token that does not work, or one for each thing that it may not. */
async function refused(
  label: string,
  variable: string,
  api: Api,
  attempts: Array<[string, string]>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [method, path] of attempts) {
    const status = await api
      .status(method, path, method === 'GET' || method === 'DELETE' ? undefined : {})
      .catch((error: unknown) => messageOf(error));
    if (typeof status === 'string') return [status];
    if (status === 401) return [`${label} does not accept the token of ${variable}`];
    if (status === 403)
      problems.push(`${label}: the token of ${variable} lacks the scope for ${method} ${path.split('?')[0]}`);
    else if (status === 429 || status >= 500) return [`${label} answered ${status} to ${method} ${path.split('?')[0]}`];
    else if (method === 'GET' && status !== 200)
      problems.push(`${label} answered ${status} to ${method} ${path.split('?')[0]}`);
  }
  return problems;
}

async function cloudflareProblems({
  cloudflare,
  zone,
}: {
  cloudflare: Api;
  zone: { id: string; name: string };
}): Promise<string[]> {
  const problems = await refused('Cloudflare', 'CLOUDFLARE_API_TOKEN', cloudflare, [
    ['GET', `/zones/${zone.id}`],
    ['GET', `/zones/${zone.id}/dns_records`],
    ['POST', `/zones/${zone.id}/dns_records`],
  ]);
  if (problems.length) return problems;
  const { result } = await cloudflare.call('GET', `/zones/${zone.id}`);
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
