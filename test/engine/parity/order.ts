/**
 * What of a sequence of steps is determined, so that two engines can be compared.
 *
 * The program's registrations race one another, and deletions of one group run side by side: which of two independent
 * resources comes first is chance, also with the official engine twice in a row. What is determined is the order along the
 * dependencies: a resource is made after all it stands on, and deletions go group by group, counted from the foundations of
 * what is deleted. A stable sort that keeps to these leaves nothing but the engine's own choices.
 */
import { readableUrn, type Step } from '../../../scripts/engines/engine';

/** What each resource of the program depends on, on its own host and for its own service. */
const STANDS_ON: Record<string, string[]> = {
  Stack: [],
  Host: ['Stack'],
  SshKey: ['Stack'],
  ReservedIp: ['Host'],
  Tag: ['Host'],
  Firewall: ['Tag'],
  Droplet: ['Firewall', 'ReservedIp', 'SshKey'],
  account: ['Droplet'],
  CopyToRemote: ['Droplet'],
  provision: ['Droplet', 'CopyToRemote'],
  install: ['Droplet', 'provision'],
  restore: ['Droplet', 'install', 'account'],
  verify: ['Droplet', 'restore'],
  ReservedIpAssignment: ['Droplet', 'ReservedIp', 'verify'],
  DnsRecord: ['ReservedIp', 'verify'],
  protect: ['Droplet', 'ReservedIpAssignment', 'DnsRecord'],
};
const SHARED = ['Stack', 'SshKey'];

interface Place {
  kind: string;
  host: string;
  service: string;
}

function placeOf(urn: string): Place {
  const [type, name] = readableUrn(urn).split(' ');
  const [host, ...rest] = name.split('-');
  const kind = type === 'Command' ? (rest[rest.length - 1] ?? 'account') : type;
  if (!STANDS_ON[kind]) throw new Error(`the order of ${urn} is not known`);
  return { kind, host, service: rest.length === 2 ? rest[0] : '' };
}

function standsOn(urn: string, other: string): boolean {
  const [a, b] = [placeOf(urn), placeOf(other)];
  if (!(STANDS_ON[a.kind].includes(b.kind) || (b.kind === 'Host' && !SHARED.includes(a.kind) && a.kind !== 'Host')))
    return false;
  return (SHARED.includes(b.kind) || a.host === b.host) && (!a.service || !b.service || a.service === b.service);
}

/** Length of the longest chain of dependencies below each resource, among these. */
function depths(urns: Iterable<string>): Map<string, number> {
  const among = [...new Set(urns)];
  const known = new Map<string, number>();
  const depth = (urn: string): number => {
    const found =
      known.get(urn) ?? Math.max(0, ...among.filter((other) => standsOn(urn, other)).map((other) => 1 + depth(other)));
    known.set(urn, found);
    return found;
  };
  among.forEach(depth);
  return known;
}

const PHASES = ['refresh', 'build', 'delete'];
const phaseOf = ({ op }: Step): number =>
  PHASES.indexOf(op === 'refresh' ? op : op.startsWith('delete') ? 'delete' : 'build');

/** The steps with where they belong: phase, then how deep; deletions deepest first. */
function placed(steps: Step[]) {
  const chains = PHASES.map((_, phase) =>
    depths(steps.filter((step) => phaseOf(step) === phase).map(({ urn }) => urn)),
  );
  return steps.map((step) => {
    const phase = phaseOf(step);
    const level = phase === 0 ? 0 : (chains[phase].get(step.urn) ?? 0) * (phase === 2 ? -1 : 1);
    return { step, phase, level, label: `${step.op} ${readableUrn(step.urn)}` };
  });
}

/** Steps that came before one they had to wait for, in words. */
export function violations(steps: Step[]): string[] {
  const all = placed(steps);
  return all.flatMap((late, index) =>
    all
      .slice(0, index)
      .filter(
        (early) =>
          early.phase > late.phase ||
          (early.phase === late.phase &&
            (late.phase === 1 ? standsOn(early.step.urn, late.step.urn) : early.level > late.level)),
      )
      .map((early) => `${early.label} before ${late.label}`),
  );
}

/** The sequence with chance taken out, for one without violations. */
export function canonical(steps: Step[]): string[] {
  const order = placed(steps).sort(
    (a, b) =>
      a.phase - b.phase || a.level - b.level || readableUrn(a.step.urn).localeCompare(readableUrn(b.step.urn), 'en'),
  );
  return order.map(({ label }) => label);
}
