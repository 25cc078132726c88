/** What a token may do. There is no way to ask it for its scopes: each is tried by a request that changes nothing. */
import { digitalOceanLookups, digitalOceanScopes, scopeOf, type Verb } from '../../../stacks/outside/scopes';
import type { Attempt } from '../../network/api';

const scopes = digitalOceanScopes.value;
type ResourceType = keyof typeof scopes;

/** An id that no resource of the type can have. */
const NOBODY: Record<ResourceType, string> = {
  account: '',
  Droplet: '0',
  ReservedIp: '0.0.0.0',
  Firewall: '00000000-0000-0000-0000-000000000000',
  SshKey: '0',
  Tag: 'fleet-doctor-no-such-tag',
  UptimeCheck: '00000000-0000-0000-0000-000000000000',
};
/** Changed by an action that is posted to them; others are put. */
const ACTED_ON: ResourceType[] = ['Droplet', 'ReservedIp'];

export const ACCOUNT_PATH = scopes.account.path;

const typesOf = (uptime: boolean): ResourceType[] =>
  (Object.keys(scopes) as ResourceType[]).filter((type) => type !== 'UptimeCheck' || uptime);

/** What cannot succeed, and is refused as not allowed (403) before it is refused as not valid: an empty body, an id that cannot exist. */
function attempt(type: ResourceType, verb: Verb): Attempt {
  const { path } = scopes[type];
  const scope = scopeOf(type, verb);
  const nobody = `${path}/${NOBODY[type]}`;
  if (verb === 'read') return { scope, method: 'GET', path: type === 'account' ? path : `${path}?per_page=1` };
  if (verb === 'create') return { scope, method: 'POST', path, body: {} };
  if (verb === 'delete') return { scope, method: 'DELETE', path: nobody };
  return ACTED_ON.includes(type)
    ? { scope, method: 'POST', path: `${nobody}/actions`, body: {} }
    : { scope, method: 'PUT', path: nobody, body: {} };
}

/** What a refresh reads. */
export const refreshReads = (uptime: boolean): Attempt[] =>
  typesOf(uptime)
    .filter((type) => type !== 'account')
    .map((type) => attempt(type, 'read'));

/** Every scope that the program needs. */
export const attempts = (uptime: boolean): Attempt[] => [
  ...typesOf(uptime).flatMap((type) => scopes[type].verbs.map((verb) => attempt(type, verb))),
  ...Object.entries(digitalOceanLookups.value).map(([scope, path]): Attempt => ({
    scope,
    method: 'GET',
    path: `${path}?per_page=1`,
  })),
];

/** What the end of a rebuild orders. */
export const rebuildOrders = (reservedIp: string): Attempt[] => [
  attempt('Droplet', 'create'),
  {
    scope: scopeOf('ReservedIp', 'update'),
    method: 'POST',
    path: `${scopes.ReservedIp.path}/${reservedIp}/actions`,
    body: {},
  },
];
