/**
 * What a state has and the account does not: a token of another account, an address that was deleted, or one wrong answer to a refresh. No engine
 * tells them apart, and none mends what they leave. Pure.
 */
import { rented } from '../../components/machines';
import type { ExportedState } from './pending';

type Resource = NonNullable<ExportedState['deployment']['resources']>[number];

/** Ids of what the account of a token lists, by type. */
export type Listed = Record<string, string[]>;

const { machine, entrance, lead, leadsFrom } = rented.state;
/** What a refresh that was told a wrong thing must not take out of a state for good: the program takes everything else over. */
const KEPT = [machine, entrance];

const resourcesOf = ({ deployment }: ExportedState): Resource[] => deployment.resources ?? [];
const withResources = (state: ExportedState, resources: Resource[]): ExportedState => ({
  ...state,
  deployment: { ...state.deployment, resources },
});

/** Whether nothing that the state has is in the account, though there is something of every kind: then the token is one of another account. */
export function isOtherAccount(state: ExportedState, listed: Listed): boolean {
  return Object.entries(listed).every(([type, ids]) => {
    const own = resourcesOf(state).filter((resource) => resource.type === type && !resource.delete);
    return own.length > 0 && own.every(({ id }) => !ids.includes(id ?? ''));
  });
}

/** Addresses of the state that the account does not list. */
export const missingAddresses = (state: ExportedState, listed: Listed): string[] =>
  resourcesOf(state).flatMap(({ type, id, delete: going }) =>
    type === entrance && !going && id !== undefined && !listed[entrance]?.includes(id) ? [id] : [],
  );

/** The state without the assignments of addresses that were deleted: no provider reads or deletes such a one. */
export function withoutAssignments(state: ExportedState, addresses: string[]): ExportedState {
  const gone = resourcesOf(state).filter(
    ({ type, inputs }) => type === lead && addresses.includes(leadsFrom(inputs ?? {})),
  );
  const urns = gone.map(({ urn }) => urn);
  const lives = (urn: string) => !urns.includes(urn);
  return withResources(
    state,
    resourcesOf(state)
      .filter((resource) => !gone.includes(resource))
      .map((resource) => ({
        ...resource,
        ...(resource.dependencies && { dependencies: resource.dependencies.filter(lives) }),
        ...(resource.propertyDependencies && {
          propertyDependencies: Object.fromEntries(
            Object.entries(resource.propertyDependencies).map(([key, all]) => [key, (all ?? []).filter(lives)]),
          ),
        }),
      })),
  );
}

/** What the state had before a run, and has no more although no step of the run deleted it. */
export function dropped(
  before: ExportedState,
  after: ExportedState,
  steps: Array<{ urn: string }>,
): Array<{ type: string; urn: string; id: string }> {
  const has = (one: Resource) => resourcesOf(after).some(({ urn, id }) => urn === one.urn && id === one.id);
  return resourcesOf(before).flatMap((one) =>
    KEPT.includes(one.type) && one.id !== undefined && !has(one) && !steps.some(({ urn }) => urn === one.urn)
      ? [{ type: one.type, urn: one.urn, id: one.id }]
      : [],
  );
}

/** The state after a run, with these of before in their places again. */
export function putBack(before: ExportedState, after: ExportedState, urns: string[]): ExportedState {
  const now = [...resourcesOf(after)];
  for (const [index, resource] of resourcesOf(before).entries()) {
    if (!urns.includes(resource.urn)) continue;
    // Behind the nearest one before it that is still there: whatever it depends on is listed before it.
    const earlier = resourcesOf(before)
      .slice(0, index)
      .map(({ urn }) => urn);
    const at = Math.max(-1, ...now.map(({ urn }, position) => (earlier.includes(urn) ? position : -1)));
    now.splice(at + 1, 0, resource);
  }
  return withResources(after, now);
}
