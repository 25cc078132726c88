/**
 * ServicePlan: everything a host needs to know to run one service, as plain data.
 * A service file in this folder is a pure function from its settings to a plan; components/steps/service.ts
 * realises any plan, so that adding a service is one file and one line in a role.
 */
import type { Artifact } from '../stacks/outside/artifact';

export interface SystemUser {
  name: string;
  /** Home directory, created 0750. */
  home: string;
  /** Login shell; service users have none, the forge's git user needs a real one. */
  shell?: string;
}

export interface Directory {
  path: string;
  owner: string;
  group: string;
  /** Octal text, e.g. `0750`. */
  mode: string;
}

export interface PlannedFile extends Directory {
  /** Whole content. May contain `{{secret:NAME}}`, filled in by the program just before it is sent over stdin. */
  content: string;
}

export interface Unit {
  /** With suffix: `gitea.service`, `fleet-files.timer`. */
  name: string;
  content: string;
  /** Whether the unit is enabled and started when the service starts (false for units another one triggers). */
  start: boolean;
}

export interface Port {
  port: number;
  protocol: 'tcp' | 'udp';
  scope: 'public' | 'loopback';
  purpose: string;
}

/** What a service must not lose. Each part is optional; each has its own way of being copied consistently. */
export interface Dataset {
  /** Owner (user and group) of restored data. */
  owner: string;
  /** SQLite database, shipped by litestream once a second. */
  database?: { path: string };
  /** Root that holds `<owner>/<repository>.git`, shipped at each ref update. */
  repositories?: { root: string };
  /**
   * Everything else, by restic: `settleSeconds` after a change, and every `intervalSeconds` in case a change was missed.
   * `exclude` holds absolute paths that are neither watched nor kept.
   */
  files?: { paths: string[]; exclude: string[]; settleSeconds: number; intervalSeconds: number };
}

/** Objectives in seconds. `rtoRestart`: a fault healed in place. `rtoRebuild`: the host rebuilt. */
export interface Objectives {
  /** Absent where there is nothing to lose. */
  rpoSeconds?: number;
  rtoRestartSeconds: number;
  rtoRebuildSeconds: number;
}

export interface Health {
  /** Loopback URL that answers 200 when the service works (GET, never HEAD). */
  url?: string;
  /** Unit that must be active without restarts where there is no URL. */
  unit: string;
  /** Like `url`, of a service that runs from the forge: asked by its verification, because an empty forge has nothing to run yet. */
  sourcedUrl?: string;
}

/** Where the program of a service comes from: a repository on the forge. */
export interface Source {
  repository: string;
  ref: string;
}

/** A public name that the reverse proxy hands on to a loopback port. */
export interface Site {
  /** Without the zone. */
  label: string;
  port: number;
}

export interface ServicePlan {
  /** Unique on a host, e.g. `gitea`, `hermes-allegro`. */
  name: string;
  /** Which service file made it, e.g. `gitea`, `hermes-agent`: the folder of its hooks under host/services/. */
  kind: string;
  description: string;
  /** Critical services are installed and restored first, and their verification gates the cutover. */
  critical: boolean;
  packages: string[];
  artifacts: Artifact[];
  users: SystemUser[];
  directories: Directory[];
  files: PlannedFile[];
  units: Unit[];
  ports: Port[];
  dataset?: Dataset;
  objectives: Objectives;
  /** What the service needs at its busiest: memory, and disk for its data and programs. */
  needs: { memoryMiB: number; diskGiB: number };
  /** What is missed while it is down, where it runs on one host and the declaration does not say so. */
  impact?: string;
  /** It may move from host to host, with its data, and is never active on two. */
  movable?: boolean;
  source?: Source;
  site?: Site;
  /** Folders and files that may hold databases which can be made again, and are no data of anybody. */
  disposable?: string[];
  /** Names of services on the same host that must be started before this one. */
  dependsOn: string[];
  health: Health;
  /**
   * Executables under host/services/<kind>/ that exist for this service, run as root with the plan's name as first argument:
   * `bootstrap` (once, on an empty start), `reconcile` (after a restore), `verify` (before any name moves),
   * `transaction` (the synthetic transaction, given the base URL as its second argument),
   * `import` (once after a restore, when the service answers: data that goes in over the wire),
   * `certificates` (once the names lead here: waits, bounded, until clients trust them).
   */
  hooks: Array<'bootstrap' | 'reconcile' | 'import' | 'verify' | 'transaction' | 'certificates'>;
}
