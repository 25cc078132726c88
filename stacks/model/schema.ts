/** Shape of a declaration: what exists, as plain data. Strict everywhere, so that a misspelt key is an error. */
import { z } from 'zod';

const slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'use lower-case letters, digits and hyphens, starting with a letter (at most 31)');
const seconds = z.number().int().positive();
/** A public name without the zone; `@` is the zone itself. */
const label = z.string().regex(/^(@|[a-z0-9-]+(\.[a-z0-9-]+)*)$/, 'write the name without its zone');

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

/** Which services a host runs by virtue of its role, and what it must never run. */
export const roleSchema = z.strictObject({
  name: slug,
  services: z.array(slug),
  /** Services and daemons that must not be put on such a host; `others` is everything that the role does not name. */
  forbids: z.union([z.literal('others'), z.array(slug)]),
  /** Agents that may live there; `any` is every agent. */
  agents: z.union([z.enum(['any', 'none']), z.array(slug)]),
  /**
   * What may leave the host: `all-but-ssh` because no host ever logs in on another, `web` (HTTPS, the packages' HTTP, names,
   * time, the store) where nothing else of the fleet may be in reach, `site` the same and SSH to the other site of the store.
   */
  egress: z.enum(['all-but-ssh', 'web', 'site']),
  /** What its hosts are to the store: the first site, which serves it, or the second, which keeps a copy. Of no other host is anything said. */
  store: z.enum(['serves', 'copies']).optional(),
  /** What clients are told of hosts of this role. */
  told: z.string().optional(),
});

export const hostSchema = z.strictObject({
  name: slug,
  role: roleSchema,
  /** Older names of the same machine in the documents. */
  aliases: z.array(slug),
  region: z.string().regex(/^[a-z]{3}[0-9]$/, 'use a region slug such as nyc1'),
  size: z.string().min(1),
  image: z.string().min(1),
  /** Addresses the documents record. Never used to connect; kept for reconciliation only. */
  knownIps: z.array(z.ipv4()),
  /** Services beyond those of the role. */
  extraServices: z.array(slug),
  /** Public names that point at the host. */
  publicNames: z.array(label),
  contact: z.strictObject({
    primaryAgent: z.string(),
    rebuildSource: z.string(),
    /** What the fleet's documents say that it is rebuilt from. */
    documented: z.string(),
  }),
});

export const declarationSchema = z.strictObject({
  /** Name of the fleet, whose stacks are neighbours where they are of the same kind. */
  fleet: slug,
  /** Made for good, to rehearse a rebuild, to prove backups, or by a drill on a real account. */
  kind: z.enum(['declared', 'rehearsal', 'proof', 'throwaway']),
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
  /** The fleet's forge, on whichever host it is. */
  forge: z.strictObject({
    title: z.string().min(1),
    /** Owner of the repositories that services run from. */
    organization: z.string().regex(/^[\w.-]+$/, 'use letters, digits, dot, dash, underscore'),
    label,
    /** Repository whose issues carry distress signals. */
    signals: repository,
  }),
  /** Repositories of the forge that the fleet works in, beside those it runs from. */
  repositories: z.array(z.strictObject({ repository, purpose: z.string().min(1) })),
  /** Git refs that services run from, by service; without one it is `main`. */
  refs: z.record(slug, z.string().min(1)),
  /** How often agents and services are seen to be alive, and after how many beats without that somebody is told. */
  health: z.strictObject({ beatSeconds: seconds, alarmAfterBeats: z.number().int().min(1) }),
  backup: z.strictObject({
    /** Timer of the file backup, beside the run on each change. */
    filesIntervalSeconds: seconds,
    /** Which moments of the past can be restored: fewer of them, the longer ago. */
    keep: z.strictObject({
      /** Every one of the last so many hours: of a database each second, of repositories each push, of files each snapshot. */
      everySecondHours: z.number().int(),
      /** One an hour of the last so many days. */
      hourlyDays: z.number().int(),
      /** One a day of the last so many days. The most that a store locks for is a hundred years. */
      dailyDays: z.number().int().max(36_500),
    }),
  }),
  /** Backups are proved by a restore to a scratch host (`fleet verify`), and longer ago than this is overdue; null where nobody waits for it. */
  proof: z.strictObject({ withinSeconds: seconds }).nullable(),
  /** Of a stack that is the store of others: how its second site follows the first, and what is told. */
  sites: z
    .strictObject({
      /** From one pull of the second site to the next. */
      pullSeconds: seconds,
      /** A copy that is older is told. */
      lagSeconds: seconds,
      /** For how many days the second site keeps what the first one wrote over or removed. */
      replacedDays: z.number().int().min(1),
      /** Everything is read once in so many days. */
      scrubDays: z.number().int().min(1),
      /** A disk that will be full sooner, by the growth of the last days, is told. */
      fullDays: z.number().int().min(1),
    })
    .optional(),
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
export type Role = z.infer<typeof roleSchema>;
