/**
 * What the official CLI leaves after a kill in the middle of a create: a pending operation, which it would create a second
 * time. The half-made resource is looked for by what names it, and taken into the state if the cloud has it.
 */
import { rented } from '../../components/machines';
import { cloudflareApi, madeRecord, RECORD } from '../../components/network/cloudflare';

interface Resource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  delete?: boolean;
  /** Why it is not whole, where its making or its last change failed. */
  initErrors?: string[];
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  created?: string;
  modified?: string;
}

export interface ExportedState {
  version: number;
  deployment: { resources?: Resource[]; pending_operations?: Array<{ type: string; resource: Resource }> };
}

/** Id of what a killed run made of a type from these inputs; undefined where nothing is there. `taken` are ids that the state has. */
export type Find = (type: string, inputs: any, taken: Set<string | undefined>) => Promise<string | undefined>;

export interface Adopted {
  state: ExportedState;
  /** What was done, in words. */
  notes: string[];
}

/** Resolves every pending operation of an exported state; the caller imports the result and refreshes. */
export async function resolvePending(state: ExportedState, find: Find): Promise<Adopted> {
  const resources = [...(state.deployment.resources ?? [])];
  const notes: string[] = [];
  for (const { type, resource } of state.deployment.pending_operations ?? []) {
    const label = `${resource.type} ${resource.urn.split('::').pop()}`;
    if (type !== 'creating') {
      notes.push(`forgot an interrupted "${type}" of ${label}: a refresh shows what became of it`);
      continue;
    }
    const taken = new Set(resources.map((other) => other.id));
    const id = await find(resource.type, resource.inputs ?? {}, taken);
    if (id === undefined) {
      notes.push(`${label} was being created and is not there: it will be created`);
      continue;
    }
    for (const [index, other] of resources.entries()) {
      // The one it was to replace goes once its dependents have moved over.
      if (other.urn === resource.urn && !other.delete) resources[index] = { ...other, delete: true };
    }
    const now = new Date().toISOString();
    const adopted = { ...resource, id, outputs: resource.inputs, created: now, modified: now };
    const old = resources.findIndex((other) => other.urn === resource.urn);
    // A replaced resource stands behind its replacement.
    resources.splice(old === -1 ? resources.length : old, 0, adopted);
    notes.push(`${label} had been created before the run was killed: taken over as ${id}`);
  }
  return { state: { ...state, deployment: { ...state.deployment, resources, pending_operations: [] } }, notes };
}

/** Resolves against the APIs that the environment names. Commands are found nowhere: they may simply run again. */
export function adoptPending(state: ExportedState, env: NodeJS.ProcessEnv): Promise<Adopted> {
  const account = rented.account(undefined, env);
  const zone = cloudflareApi(undefined, env);
  return resolvePending(state, (type, inputs, taken) =>
    type === RECORD ? madeRecord(zone, inputs) : account.made(type, inputs, taken),
  );
}
