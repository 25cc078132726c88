/**
 * Shape of a declaration: what exists, as plain data. Strict everywhere, so that a misspelt key is an error.
 * Facts come from the Timmy Foundation documents: "Fleet Topology" (2026-04-06), "VPS Recovery Runbook" (2026-04-26)
 * and "Emergency Procedures" (2026-03-31); the newest date wins where they differ.
 */
import { z } from 'zod';
import { roles, type RoleName } from './roles';

const slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'use lower-case letters, digits and hyphens, starting with a letter (at most 31)');
const seconds = z.number().int().positive();

export const objectivesSchema = z.strictObject({
  /** Data loss that is acceptable, in seconds. */
  rpoSeconds: seconds,
  /** A fault healed in place. */
  rtoRestartSeconds: seconds,
  /** The host rebuilt. */
  rtoRebuildSeconds: seconds,
});

const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'write it as owner/name');

export const agentSchema = z.strictObject({
  name: slug,
  /** Hosts that run it: exactly one, an agent must never be active twice. */
  homes: z.array(slug),
  status: z.enum(['active', 'legacy']),
  /** Repository on the forge and the ref it runs from. */
  source: z.strictObject({ repository, ref: z.string().min(1) }),
  /** Work trees that the agent keeps below its home, backed up with it, uncommitted work included. */
  workTrees: z.array(z.strictObject({ repository, directory: slug })),
});

/** What leads from one host of the fleet to another. Anything that is not declared is closed. */
export const laneSchema = z.strictObject({
  from: slug,
  to: slug,
  protocol: z.enum(['tcp', 'udp']),
  port: z.number().int().min(1).max(65535),
  purpose: z.string().min(1),
});

/** A model that the local inference must have (or may have). */
export const modelSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+(:[\w.-]+)?$/, 'write it as name:tag'),
  required: z.boolean(),
});

export const hostSchema = z.strictObject({
  name: slug,
  role: z.enum(Object.keys(roles) as [RoleName, ...RoleName[]]),
  /** Older names of the same machine in the documents. */
  aliases: z.array(slug),
  region: z.string().regex(/^[a-z]{3}[0-9]$/, 'use a region slug such as nyc1'),
  size: z.string().min(1),
  image: z.string().min(1),
  /** Addresses the documents record. Never used to connect; kept for reconciliation only. */
  knownIps: z.array(z.ipv4()),
  /** Services beyond those of the role. */
  extraServices: z.array(slug),
  /** Public names that point at the host, without the zone; `@` is the zone itself. */
  publicNames: z.array(z.string().regex(/^(@|[a-z0-9-]+(\.[a-z0-9-]+)*)$/, 'write the name without its zone')),
  contact: z.strictObject({ primaryAgent: z.string(), rebuildSource: z.string() }),
});

export const declarationSchema = z.strictObject({
  fleet: slug,
  stack: slug,
  /** Stack whose backups this one restores, on hosts that nobody reaches and that reach nobody but the store. */
  proves: slug.optional(),
  hosts: z.array(hostSchema).min(1, 'declare at least one host'),
  agents: z.array(agentSchema),
  /** Tags that every droplet carries beside its own. */
  tags: z.array(z.string().regex(/^[\w:-]{1,255}$/, 'use letters, digits, colons, dashes and underscores')),
  /** Outside watcher that decides that a host is dead: `failures` checks in a row, `intervalSeconds` apart. */
  monitor: z.strictObject({ intervalSeconds: seconds, timeoutSeconds: seconds, failures: z.number().int().min(1) }),
  /** What the cloud's own uptime checks tell about each public name; null where it does not look. */
  uptime: z
    .strictObject({
      /** How long a name must be down from everywhere. */
      downFor: z.enum(['2m', '3m', '5m', '10m', '15m', '30m', '1h']),
      /** A certificate that runs out sooner was not renewed. */
      certificateDays: z.number().int().min(1),
    })
    .nullable(),
  /** By kind of service; `service` holds for everything that no document gives numbers for. */
  objectives: z.strictObject({
    forge: objectivesSchema,
    proxy: objectivesSchema,
    agent: objectivesSchema,
    service: objectivesSchema,
    /** Nothing to lose: models are pulled again. */
    inference: objectivesSchema.omit({ rpoSeconds: true }),
    reports: objectivesSchema,
    metrics: objectivesSchema,
  }),
  lanes: z.array(laneSchema),
  models: z.array(modelSchema),
  /** Repositories of the forge that the fleet works in, beside those it runs from. */
  repositories: z.array(z.strictObject({ repository, purpose: z.string().min(1) })),
  /** Git refs that services run from, by service; without one it is `main`. */
  refs: z.record(slug, z.string().min(1)),
  /** How often agents and services are seen to be alive, and after how many beats without that somebody is told. */
  health: z.strictObject({ beatSeconds: seconds, alarmAfterBeats: z.number().int().min(1) }),
  backup: z.strictObject({
    /** Timer of the file backup, beside the run on each change. */
    filesIntervalSeconds: seconds,
    /** What is written now can be restored for at least so long; 0 where nothing is promised. */
    retentionDays: z.number().int().min(0),
    /** How long the store removes nothing, whoever asks, from the last grant or proof on. The most that it takes is a hundred years. */
    lockDays: z.number().int().min(1).max(36_500),
  }),
  /** Backups are proved by a restore to a scratch host (`fleet verify`), and longer ago than this is overdue; null where nobody waits for it. */
  proof: z.strictObject({ withinSeconds: seconds }).nullable(),
  /** Where certificates come from when none can be restored. */
  certificates: z.enum(['acme', 'internal']),
  /** For how long an update waits until certificates that had to be ordered are trusted; then it alarms and ends, and the host goes on waiting. */
  certificateSeconds: z.number().int().min(1),
  /** Single points of failure that the fleet accepts, by service. */
  singlePointsOfFailure: z.array(z.strictObject({ service: slug, impact: z.string().min(1) })),
  /** Data resources refuse deletion. */
  protect: z.boolean(),
});

export type Declaration = z.infer<typeof declarationSchema>;
export type Host = z.infer<typeof hostSchema>;
export type Model = z.infer<typeof modelSchema>;
export type Lane = z.infer<typeof laneSchema>;
export type Agent = z.infer<typeof agentSchema>;
