/** What a service is restored from, and whether that is what was written. */
import { openerOf, tryPlans, type Opener, type Tried } from './intact';
import { isoOf, lastHeld, newestOf, PARTS, partsOf, planAt, type Part, type Plan } from './plan';
import { candidatesOf, incarnationsOf, type Candidate, type Incarnation, type Source } from './restore-points';

/** The first incarnation that holds every part of a service, and those after it in a restore's order. */
export interface Choice {
  service: string;
  first: Candidate & { plan: Plan };
  others: Candidate[];
}

/** Why there is nothing to restore a service from. */
export interface Missing {
  problem: string;
  /** What there was before it was hidden. */
  hidden?: Plan;
}

/**
 * What a restore of a service would take. An incarnation that lacks a part is passed over, but not one whose
 * parts were hidden: they were there, so neither an older one nor an empty start is an answer to that.
 */
export async function choiceOf(source: Source, service: string, parts: Part[]): Promise<Choice | Missing> {
  const { bucket, before } = source;
  const candidates = await candidatesOf(source, service, parts);
  for (const [index, candidate] of candidates.entries()) {
    const { wanted, listing, select } = candidate;
    const plan = select(wanted, await listing(before), before);
    if (plan) return { service, first: { ...candidate, plan }, others: candidates.slice(index + 1) };
    // Of what is older than the finest tier, hidden is what was let go.
    const hidden = select === planAt && lastHeld(wanted, await listing(before ?? Date.now()), before);
    if (hidden) {
      const problem = `the store shows no restore point of ${service} in ${bucket}, but held one at ${hidden.moment}, which was hidden since; find out who has the key of ${hidden.host}, and to restore it set fleet:restoreAt to ${hidden.moment}`;
      return { problem, hidden };
    }
  }
  const problem =
    before === undefined
      ? `the store holds no restore point of ${service} in ${bucket}; for an empty start set fleet:bootstrap to true`
      : `the store holds no restore point of ${service} at or before ${isoOf(before)} in ${bucket}; set a later moment (fleet:restoreAt), or none to restore the newest`;
  return { problem };
}

export interface TriedChoice {
  /** What to restore from; absent where the newest is not what was written. */
  plan?: Plan;
  /** One sentence where there is no plan. */
  problem?: string;
  /** Keys that were written over with something else; the plan has the versions before. */
  overwritten: string[];
}

/** Reads what a plan needs and no earlier rebuild has proved. Nothing older is taken unasked. */
export async function tryChoice(
  opener: Opener,
  { service, first, others }: Choice,
  before?: number,
): Promise<TriedChoice> {
  const newest = await tryPlans(opener, first, before);
  const { overwritten } = newest;
  if (!newest.broken.length && newest.intact) return { plan: newest.intact, overwritten };
  let { intact } = newest;
  for (const candidate of intact ? [] : others) {
    ({ intact } = await tryPlans(opener, candidate, before));
    if (intact) break;
  }
  return { problem: corrupt(service, newest, intact), overwritten };
}

function corrupt(service: string, { newest, broken }: Tried, intact: Plan | undefined): string {
  const found = `the newest restore point of ${service} (${newest ? newestOf(newest) : 'none'}) is corrupt: ${broken.slice(0, 3).join(', ')}${broken.length > 3 ? ` and ${broken.length - 3} more` : ''} is not what was written`;
  if (!intact || !newest)
    return `${found}, and no older one is intact; bring those objects back from a copy of the store`;
  const lost = PARTS.map((part) => Date.parse(newest.parts[part]?.at ?? '') - Date.parse(intact.parts[part]?.at ?? ''));
  const seconds = Math.ceil(Math.max(...lost.filter((ms) => !Number.isNaN(ms))) / 1000);
  return `${found}; the newest intact one is of ${intact.moment} and would lose ${seconds} s of work: to accept that set fleet:restoreAt to ${intact.moment}`;
}

/**
 * The plan of a service, tried; throws one sentence where there is none. Without `incarnations` they are read. Entries of repositories may lack their
 * version: their names tell what they are, and whoever fetches them goes by that.
 */
export async function planOf(
  source: Omit<Source, 'incarnations'> & { incarnations?: Incarnation[] },
  identity: string,
  { name, dataset }: { name: string; dataset?: object },
): Promise<{ plan: Plan; overwritten: string[] }> {
  const { client, bucket, before } = source;
  const incarnations = source.incarnations ?? (await incarnationsOf(client, bucket, before));
  const choice = await choiceOf({ ...source, incarnations }, name, partsOf(dataset));
  if ('problem' in choice) throw new Error(choice.problem);
  const { plan, problem, overwritten } = await tryChoice(await openerOf(client, bucket, identity), choice, before);
  if (!plan) throw new Error(problem);
  return { plan, overwritten };
}
