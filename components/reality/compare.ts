/** What is not as the declaration means it, as sentences with the command that ends it. Pure. */
import type { Answer } from '../preflight/answers';
import type { ListedFirewall, ListedMachine, MachineDriver } from '../machines/driver';
import { leads, type ListedRecord } from '../network/cloudflare';

export interface Meant {
  host: string;
  driver: Pick<MachineDriver, 'words' | 'tokenVariables'>;
  stack: string;
  size: string;
  /** Undefined where one is about to be reserved. */
  entrance?: string;
  /** Full public names. */
  names: string[];
  /** Id of the host's machine; undefined where it is about to be made. */
  machine?: string;
  /** Name of the firewall that the program made for it. */
  firewall?: string;
  generation: number;
  /** Tag of the machine, and of the other place that a machine of the host may have. */
  tag: string;
  otherTag: string;
}

export interface Seen {
  machines: ListedMachine[];
  firewalls: ListedFirewall[];
  /** Machine behind each address of the account. */
  addresses: Record<string, string | undefined>;
  /** Records of the public names, of every type. */
  records: ListedRecord[];
  /** What active machines say of themselves, by id; not asked of one that is missing here. */
  answers: Record<string, Answer>;
  /** Whether the machine of each host may write to the store; not known of one that is missing here. */
  mayWrite: Record<string, boolean>;
}

export function differences(meant: Meant, seen: Seen): string[] {
  if (meant.machine === undefined) return [...aboutPredecessors(meant, seen), ...aboutNames(meant, seen)];
  if (isElsewhere(meant, seen))
    return [
      `${meant.host}: the account lists neither its ${meant.driver.words.noun} ${meant.machine} nor its address ${meant.entrance}, which the state has: the token is one of another account; set ${meant.driver.tokenVariables[0]} to one of theirs`,
    ];
  return [
    ...aboutMachine(meant, seen),
    ...aboutStrangers(meant, seen),
    ...aboutFirewalls(meant, seen),
    ...aboutNames(meant, seen),
    ...aboutStore(meant, seen),
  ];
}

/** Whether nothing that the account would have is there. */
const isElsewhere = ({ machine, entrance, tag, otherTag }: Meant, { machines, addresses }: Seen): boolean =>
  entrance !== undefined &&
  !(entrance in addresses) &&
  !machines.some(({ id, tags }) => id === machine || tags.includes(tag) || tags.includes(otherTag));

const rebuild = ({ host, stack, generation }: Meant): string =>
  `pulumi config set --path fleet:rebuild.${host} ${generation + 1} --stack ${stack} && pulumi up --refresh --stack ${stack}`;

/** A machine that is about to be made takes over from one that is there: what that means for it is told before. */
function aboutPredecessors({ host, driver: { words }, tag, otherTag }: Meant, { machines }: Seen): string[] {
  return machines
    .filter(({ tags }) => tags.includes(tag) || tags.includes(otherTag))
    .map(
      ({ id, name, status, address }) =>
        `${host}: its new machine takes over from ${words.noun} ${name} (${id}, ${status}, ${address}) once it is provisioned; that one is then flushed, powered off and in the end deleted. Where no successor was asked for, the update refuses`,
    );
}

/** Whoever carries the tag of the machine has its firewall, and is paid for. What has the other place's tag may be about to go. */
function aboutStrangers({ host, driver: { words }, machine, tag }: Meant, { machines }: Seen): string[] {
  return machines
    .filter(({ id, tags }) => tags.includes(tag) && id !== machine)
    .map(
      ({ id, name, status }) =>
        `${host}: ${words.noun} ${name} (${id}, ${status}) carries a tag of ${host} and is not its machine; where it is nobody's, delete it: ${words.remove(id)}`,
    );
}

function aboutMachine(meant: Meant, { machines, addresses, answers }: Seen): string[] {
  const { host, machine = '', size, entrance, driver } = meant;
  const { noun, powerOn } = driver.words;
  const own = machines.find(({ id }) => id === machine);
  if (!own)
    return [
      `${host}: the account lists no ${noun} ${machine}, which the state has; where it is gone: pulumi up --refresh --stack ${meant.stack}`,
    ];
  const holder = entrance === undefined ? own.id : addresses[entrance];
  return [
    ...(own.status === 'active'
      ? []
      : [
          `${host}: its ${noun} ${own.name} (${machine}) is ${own.status}; switch it on: ${powerOn(machine)}, or replace it: ${rebuild(meant)}`,
        ]),
    ...(answers[machine] ? aboutAnswer(meant, own, answers[machine]) : []),
    ...(own.size === size
      ? []
      : [
          `${host}: its ${noun} ${own.name} (${machine}) is a ${own.size}, declared is ${size}; for a machine of that size: ${rebuild(meant)}`,
        ]),
    ...(holder === machine
      ? []
      : [
          `${host}: its address ${entrance} leads to ${holderOf(noun, holder, machines)} instead of ${machine}; update with --refresh: pulumi up --refresh --stack ${meant.stack}`,
        ]),
  ];
}

/** What an address leads to; one that is off is a predecessor whose successor does not serve yet. */
function holderOf(noun: string, holder: string | undefined, machines: ListedMachine[]): string {
  if (holder === undefined) return `no ${noun}`;
  const { status = 'active' } = machines.find(({ id }) => id === holder) ?? {};
  return `${noun} ${holder}${status === 'active' ? '' : `, which is ${status} and serves nobody,`}`;
}

/** A machine that is on serves nobody if it hangs, or if its disk is another one. */
function aboutAnswer(
  meant: Meant,
  { id, name, address }: ListedMachine,
  { incarnation, isClosed, isReached }: Answer,
): string[] {
  const { noun, restart } = meant.driver.words;
  const own = `${meant.host}: its ${noun} ${name} (${id}, ${address})`;
  if (incarnation === id) return [];
  if (isClosed) return [`${own} does not let the deploy key in; replace it: ${rebuild(meant)}`];
  if (!isReached)
    return [
      `${own} is active and does not answer by SSH with its pinned key; where it hangs, restart it: ${restart(id)}, or replace it: ${rebuild(meant)}`,
    ];
  return [
    `${own} does not take itself for the machine of ${meant.host}${incarnation ? `, but for ${incarnation}` : ''}: its disk is not the one that was provisioned. Its data is in the store; replace it: ${rebuild(meant)}`,
  ];
}

function aboutFirewalls(
  { host, driver: { words }, machine, firewall }: Meant,
  { machines, firewalls }: Seen,
): string[] {
  const own = machines.find(({ id }) => id === machine);
  if (!own || firewall === undefined) return [];
  const others = firewalls.filter(
    ({ name, machines: guarded, tags }) =>
      name !== firewall && (guarded.includes(own.id) || tags.some((tag) => own.tags.includes(tag))),
  );
  const doubled = firewalls.filter(({ name }) => name === firewall).slice(1);
  return [...others, ...doubled].map(
    ({ id, name }) =>
      `${host}: the firewall ${name} (${id}), which is not declared, lets traffic in to its ${words.noun} besides ${firewall}; remove it: ${words.removeFirewall(id)}`,
  );
}

function aboutStore({ host, driver: { words }, stack, machine }: Meant, { mayWrite }: Seen): string[] {
  if (mayWrite[host] !== false) return [];
  return [
    `${host}: its ${words.noun} ${machine} may not write to the store, so nothing of it is backed up; an update gives it its key back: pulumi up --stack ${stack}`,
  ];
}

function aboutNames({ host, names, entrance }: Meant, { records }: Seen): string[] {
  if (entrance === undefined) return [];
  return names.flatMap((name) => {
    const leading = records.filter((record) => record.name === name && leads(record));
    const right = leading.filter(({ type, content }) => type === 'A' && content === entrance);
    return [...leading.filter((record) => !right.includes(record)), ...right.slice(1)].map(
      ({ id, type, content }) =>
        `${host}: ${name} has a record too many (${type} ${content}, ${id}), so that a part of all requests goes there; delete it in the zone`,
    );
  });
}
