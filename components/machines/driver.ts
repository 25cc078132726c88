/**
 * The contract of a kind of machine, in three parts: what is known of it, what its provider's account says and does, and how the program makes one.
 * A kind is a folder beside this file that implements them, and a line in `index.ts` and `makers.ts`.
 */
import type * as command from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import type { ServicePlan } from '../../services';
import type { Host } from '../../stacks';
import type { Size } from '../../stacks/outside/sizes';
import type { Api, Attempt, Setting } from '../network/api';

/** What is known of a kind without asking anybody. */
export interface MachineDriver {
  /** The provider, as people name it. */
  readonly provider: string;
  /** Its Pulumi package. */
  readonly package: string;
  readonly words: MachineWords;
  /** Variables of the environment that its token comes from, the first one for sentences. */
  readonly tokenVariables: readonly [string, ...string[]];
  /** Further variables that lead to the account. */
  readonly placeVariables: string[];
  /** Sizes that a machine can have, by name, smallest first. */
  readonly sizes: Record<string, Size>;
  /** Size of the machine of a host, with its list price. */
  capacity(host: Pick<Host, 'size'>): Size;
  /** List prices in USD a month of what a host has beside its machine. */
  readonly usdPerMonth: { entrance: number; idleEntrance: number; uptimeCheck: number };
  /** Uptime checks that the provider credits. */
  readonly freeUptimeChecks: number;
  /** What a refresh reads, with the scope that lets the token. */
  refreshReads(uptime: boolean): Attempt[];
  readonly errors: MachineErrors;
  /** How a state holds it. */
  readonly state: MachineState;
  /** The account that the settings, or else the environment, lead to. */
  account(setting?: Setting, env?: NodeJS.ProcessEnv): MachineAccount;
}

/** Words and commands of the provider, for sentences that a person acts on. */
export interface MachineWords {
  /** What the provider calls a machine. */
  noun: string;
  /** What it calls what public names lead to. */
  entrance: string;
  /** The provider's command line, which the commands below are typed in. */
  tool: string;
  /** Page where a person sees to the account. */
  console: string;
  /** Lines of shell that order a machine with this key and tag and the first boot of a file; they set `ID` and `IP`. */
  make(order: Order, of: { key: string; tag: string; userData: string }): string[];
  /** Lists every machine. */
  list: string;
  powerOff(id: string): string;
  /** Keeps the disk of a machine. */
  snapshot(id: string): string;
  /** Leads an entrance to a machine. */
  lead(entrance: string, id: string): string;
  remove(id: string): string;
  powerOn(id: string): string;
  restart(id: string): string;
  removeFirewall(id: string): string;
}

/** How errors of the provider, in either engine, say it; the first group is the id or the address. */
export interface MachineErrors {
  /** A machine was ordered and did not come up. */
  machineNotUp: RegExp;
  /** The account does not find an entrance. */
  entranceNotFound: RegExp;
}

/** A machine as its account lists it. Its id is the incarnation. */
export interface ListedMachine {
  id: string;
  name: string;
  /** `active`, `off`, or a word of the provider's. */
  status: string;
  address: string;
  size: string;
  tags: string[];
}

export interface ListedFirewall {
  id: string;
  name: string;
  /** Ids of machines that it guards whatever their tags. */
  machines: string[];
  tags: string[];
}

/** What cannot be had, and what to do about it. */
export interface Problem {
  what: string;
  todo: string;
}

export type Order = Pick<Host, 'name' | 'image' | 'size' | 'region'>;

/** What the provider of a kind answers, and does, for an account. */
export interface MachineAccount {
  readonly words: MachineWords;
  readonly api: Api;

  /** Every machine of the account. */
  machines(): Promise<ListedMachine[]>;
  /** Those that carry a tag. */
  tagged(tag: string): Promise<ListedMachine[]>;
  /** One machine; undefined where the account has none of that id. */
  machine(id: string): Promise<ListedMachine | undefined>;
  /** Deletes a machine; one that is gone already is fine. */
  remove(id: string): Promise<void>;
  firewalls(): Promise<ListedFirewall[]>;
  /** Every address that names lead to, with the machine behind it. */
  entrances(): Promise<Record<string, string | undefined>>;
  /** The machine behind an address; undefined where it leads nowhere. */
  behind(entrance: string): Promise<string | undefined>;
  /** Switches a machine; one that is so already is fine. Absent where machines have no switch. */
  power?(id: string, to: 'on' | 'off'): Promise<void>;

  /** What of an order cannot be had in its region now. */
  unavailable(order: Order): Promise<Problem[]>;
  /** Whether the account lacks room for one machine more. */
  noRoom(order: Order): Promise<Problem[]>;
  /** How many the account has and may have; no limit is known where it is absent. */
  usage(of: 'machines' | 'entrances'): Promise<{ used: number; limit?: number }>;
  /** Why the account cannot be used; undefined where it can. */
  suspension(): Promise<string | undefined>;
  /** What a person calls the account. */
  owner(): Promise<string | undefined>;

  /** Path of what every token may read. */
  readonly ownPath: string;
  /** Requests that show each scope that the program needs. */
  attempts(uptime: boolean): Attempt[];
  /** One sentence for each scope that the token lacks for the rest of a rebuild. */
  missingScopes(entrance: string): Promise<string[]>;

  /** Ids of what the account has of a type of the state. */
  ids(type: string): Promise<string[]>;
  has(type: string, id: string): Promise<boolean>;
  /** Finds what a killed run had made of a type from these inputs; `taken` are ids that the state has. */
  made(type: string, inputs: Record<string, unknown>, taken: Set<string | undefined>): Promise<string | undefined>;
}

/** Types of resources in a state. */
export interface MachineState {
  machine: string;
  entrance: string;
  /** What leads an entrance to a machine; where it belongs to an entrance says `leadsFrom`. */
  lead: string;
  leadsFrom(inputs: Record<string, unknown>): string;
  addressOf(outputs: Record<string, unknown>): string;
  /** Types of which a stack always has some, so that none of them in the account means another account. */
  always: string[];
}

/** What everything above the machine needs to know of it. */
export interface Machine {
  name: string;
  /** Address SSH connects to. */
  address: pulumi.Output<string>;
  /** Identity of the machine behind the name; a new one re-runs everything on it. */
  incarnation: pulumi.Output<string>;
  /** For whatever comes first on a new machine: waits until it has booted. */
  firstConnection: pulumi.Input<command.types.input.remote.ConnectionArgs>;
  connection: pulumi.Input<command.types.input.remote.ConnectionArgs>;
  /** Name of its firewall. */
  firewall: pulumi.Output<string>;
}

/** Where the public names of a host lead: an address that moves from one machine to the next, or the machine's own. */
export interface Entrance {
  address: pulumi.Output<string>;
  /** What must be there before the machine is. */
  resource: pulumi.Resource;
  /** Leads it to the machine; nothing where names alone lead there. */
  leadTo(name: string, machine: Machine, opts: pulumi.CustomResourceOptions): pulumi.Resource[];
}

export interface MachineArgs {
  host: Host;
  /** Services whose public ports are open; none on a machine that serves nobody. */
  plans: ServicePlan[];
  /** Runs just before a machine is made; its error leaves everything as it is. */
  preflight?: pulumi.ResourceHook;
  /** Absent where no names lead to the machine. */
  entrance?: Entrance;
  /** Addresses of hosts that it logs in on; none by default, because no other host does. */
  logsInTo?: Array<pulumi.Output<string>>;
  /** What must be done before the machine, or what reaches it, is made or changed. */
  after?: pulumi.Resource[];
  /** Replaces the machine when it changes. */
  replacementTrigger: number;
}

/** How the program makes machines of a kind, and what belongs to them. */
export interface MachineMaker {
  entrance(name: string, host: Host, opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource }): Entrance;
  machine(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions): Machine;
  /** Looks at the public names of a host from outside the fleet, where the declaration asks for it. */
  watch(name: string, host: Host, plans: ServicePlan[], opts: pulumi.ComponentResourceOptions): void;
}
