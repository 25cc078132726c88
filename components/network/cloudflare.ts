/** The zone at Cloudflare, where the public names are. */
import { cloudflareApi as address } from '../../stacks/outside/addresses';
import { Api, type Attempt, type Setting } from './api';

export interface ListedRecord {
  id: string;
  name: string;
  type: string;
  content: string;
  data?: { flags?: number; tag?: string; value?: string };
}

/** Types of records that lead a name to an address. */
const LEADING = ['A', 'AAAA', 'CNAME'];
export const leads = ({ type }: ListedRecord): boolean => LEADING.includes(type);

/** Cloudflare, with the provider's own configuration. */
export const cloudflareApi = (setting?: Setting, env: NodeJS.ProcessEnv = process.env): Api =>
  new Api({
    label: 'Cloudflare',
    official: address.value,
    base: setting?.('cloudflare:baseUrl') ?? env.CLOUDFLARE_BASE_URL,
    token: setting?.('cloudflare:apiToken') ?? env.CLOUDFLARE_API_TOKEN,
    variable: 'CLOUDFLARE_API_TOKEN',
  });

/** What a refresh reads. */
export const recordsRead = (zoneId: string): Attempt => ({
  scope: 'DNS:Read of the zone',
  method: 'GET',
  path: `/zones/${zoneId}/dns_records?per_page=5`,
});

/** Records of the zone of a name or of a type. */
export async function recordsOf(
  api: Api,
  zoneId: string,
  query: { name?: string; type?: string },
): Promise<ListedRecord[]> {
  const { result } = await api.call<{ result: ListedRecord[] }>(
    'GET',
    `/zones/${zoneId}/dns_records?${new URLSearchParams({ ...query, per_page: '100' }).toString()}`,
  );
  return result;
}

/** Makes a record lead to an address. */
export const pointRecord = (api: Api, zoneId: string, id: string, content: string): Promise<void> =>
  api.call('PATCH', `/zones/${zoneId}/dns_records/${id}`, { type: 'A', content });

export const deleteRecord = (api: Api, zoneId: string, id: string): Promise<void> =>
  api.call('DELETE', `/zones/${zoneId}/dns_records/${id}`);

export const RECORD = 'cloudflare:index/dnsRecord:DnsRecord';

/** Finds the record that a killed run had made from these inputs. */
export async function madeRecord(
  api: Api,
  { zoneId, ...inputs }: { zoneId: string; type: string; name: string; content: string },
): Promise<string | undefined> {
  const found = await recordsOf(api, zoneId, { type: inputs.type, name: inputs.name });
  return found.find(({ content }) => content === inputs.content)?.id;
}
