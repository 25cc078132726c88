/** What a service is restored from, and whether that is what was written. */
import { openerOf, tryPlans, type Opener, type Tried } from './intact';
import { newestOf, PARTS, partsOf, type Plan } from './plan';
import { heldOf, hiddenOf, incarnationsOf, type Held, type Incarnation, type Source } from './restore-points';

/** The first incarnation that holds every part of a service, and those after it. */
export interface Choice {
  service: string;
  first: Held;
  others: AsyncIterable<Held>;
}

/** What a restore of a service would take; without `first` the store holds no restore point of it. */
export async function choiceOf(
  source: Source,
  { name, dataset }: { name: string; dataset?: object },
): Promise<Omit<Choice, 'first'> & { first?: Held }> {
  const others = heldOf(source, name, partsOf(dataset));
  const { value: first } = await others.next();
  return { service: name, others, ...(first ? { first } : {}) };
}

/** Why there is no restore point of a service. What was hidden was there: an empty start is no answer to that. */
export async function noPoint(source: Source, { name, dataset }: { name: string; dataset?: object }): Promise<string> {
  const { bucket, before } = source;
  const hidden = await hiddenOf(source, name, partsOf(dataset));
  if (hidden)
    return `the store shows no restore point of ${name} in ${bucket}, but held one at ${hidden.moment}, which was hidden since; find out who has the key of ${hidden.host}, and to restore it set fleet:restoreAt to ${hidden.moment}`;
  return before === undefined
    ? `the store holds no restore point of ${name} in ${bucket}; for an empty start set fleet:bootstrap to true`
    : `the store holds no restore point of ${name} at or before ${new Date(before).toISOString()} in ${bucket}; set a later moment (fleet:restoreAt), or none to restore the newest`;
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
  const newest = await tryPlans(opener, first.wanted, first.versions, before);
  const { overwritten } = newest;
  if (!newest.broken.length && newest.intact) return { plan: newest.intact, overwritten };
  let { intact } = newest;
  for await (const { wanted, versions } of intact ? [] : others) {
    ({ intact } = await tryPlans(opener, wanted, versions, before));
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

/** The plan of a service, tried; throws one sentence where there is none. Without `incarnations` they are read. */
export async function planOf(
  source: Omit<Source, 'incarnations'> & { incarnations?: Incarnation[] },
  identity: string,
  service: { name: string; dataset?: object },
): Promise<{ plan: Plan; overwritten: string[] }> {
  const { client, bucket, before } = source;
  const incarnations = source.incarnations ?? (await incarnationsOf(client, bucket, before));
  const { first, ...choice } = await choiceOf({ ...source, incarnations }, service);
  if (!first) throw new Error(await noPoint({ ...source, incarnations }, service));
  const { plan, problem, overwritten } = await tryChoice(
    await openerOf(client, bucket, identity),
    { ...choice, first },
    before,
  );
  if (!plan) throw new Error(problem);
  return { plan, overwritten };
}
