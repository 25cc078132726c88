/** The cloud that a drill runs on, as its phases see it: the embedded one, or a real account. */
import type { EngineEvent } from '../../scripts/engines/engine';
import type { CloudPlaces } from '../../scripts/lib/cloud-environment';
import type { StackRef } from '../../scripts/lib/project';
import type { Engine } from '../../scripts/engines/engine';
import type { Drill } from '../context';
import type { Check } from '../../scripts/lib/drill-report';

export const CLOUDS = ['embedded', 'digitalocean'] as const;
export type CloudName = (typeof CLOUDS)[number];

/** Where a started cloud answers. */
export interface CloudAccess extends CloudPlaces {
  zone: { id: string; name: string };
  /** Address of a name server that answers for the zone. */
  nameserver: string;
  /** Where hosts fetch artifacts; without it from the official downloads. */
  artifactMirror?: string;
  /** A mirror of the release hosts, which the stack uses only where a fault sets it. */
  mirror?: string;
  /** The cloud plays the release hosts too, with files of its own, which have pins of their own. */
  playsOutside?: boolean;
  /** PEM of the only authorities that clients trust; absent where they are those that everybody trusts. */
  roots?: string;
  /** Control of the embedded cloud; a real one has none. */
  control?: string;
}

/** Where the drill listens for the forge's webhook. */
export interface HookPlace {
  listen: string;
  /** Address that hosts reach it by. */
  address: string;
  /** Name in the zone, without the zone. */
  label: string;
}

export interface DrillCloud {
  readonly name: CloudName;
  /** For the report. */
  readonly label: string;
  /** What stands in for the real thing, for the report. */
  readonly standIns: string[];
  /** The stack that the drill makes. */
  readonly stack: string;
  /** When the drill must have ended; none where nothing expires. */
  readonly deadline?: Date;
  /** Kinds of fault that it can make. */
  readonly faults: readonly string[];
  /** What the first phase does, and the last step. */
  readonly does: { start: string; end: string };
  /** Makes sure that it may be started; what a killed drill left of it goes first. */
  claim(drill: Drill): Promise<void>;
  /** Starts it, or a clone of one that was saved in a folder. */
  start(drill: Drill, from?: string): Promise<CloudAccess>;
  /** Makes a fault strike a droplet, at once and without warning. */
  strike(fault: string, droplet: number): Promise<void>;
  /** Sees every event of the engine. */
  follow(event: EngineEvent): void;
  /** Undefined where hosts cannot reach this machine. */
  hooks(): HookPlace | undefined;
  /** Names of the droplets of the drill. */
  droplets(): Promise<string[]>;
  /** Everything of the stack that is there now, in words. */
  left(): Promise<string[]>;
  /** What in the raw store holds a text. */
  inStore(text: string): Promise<string[]>;
  /** Before the end: takes down a stack that still stands, where the end of the cloud does not. */
  abandon(engine: Engine, stack: StackRef): Promise<void>;
  /** Ends it whatever state it is in, and says whether anything is left. */
  end(say: (line: string) => void): Promise<Check>;
}

/** One word for what a drill's stack is named by in the store. */
export const BUCKET_PREFIX = 'fleet';
