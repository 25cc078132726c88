/** What a drill puts into the forge: decided before anything is sent, from the size and the seed alone. Pure. */
import type { Declaration } from '../../stacks';
import { Random } from './random';
import type { Sample } from './samples';
import { line, word } from './words';

export const SIZES = ['small', 'standard', 'large'] as const;
export type Size = (typeof SIZES)[number];

const MIB = 2 ** 20;

interface Measure {
  repositories: number;
  issues: number;
  gitBytes: number;
  lfsObjects: number;
  lfsBytes: number;
  attachments: number;
  attachmentBytes: number;
}

const measures: Record<Size, Measure> = {
  small: {
    repositories: 8,
    issues: 40,
    gitBytes: 5 * MIB,
    lfsObjects: 3,
    lfsBytes: 256 * 1024,
    attachments: 4,
    attachmentBytes: 16 * 1024,
  },
  standard: {
    repositories: 52,
    issues: 510,
    gitBytes: 300 * MIB,
    lfsObjects: 12,
    lfsBytes: 2 * MIB,
    attachments: 24,
    attachmentBytes: 128 * 1024,
  },
  large: {
    repositories: 52,
    issues: 510,
    gitBytes: 1024 * MIB,
    lfsObjects: 24,
    lfsBytes: 4 * MIB,
    attachments: 48,
    attachmentBytes: 256 * 1024,
  },
};

export interface PlannedIssue {
  title: string;
  body: string;
  labels: string[];
  comments: string[];
  closed: boolean;
  /** Bytes of an attachment, where it has one. */
  attachment?: number;
}

export interface PlannedRepository {
  owner: string;
  name: string;
  description: string;
  private: boolean;
  commits: number;
  /** Bytes of file content over all commits. */
  bytes: number;
  branches: string[];
  tags: string[];
  labels: Array<{ name: string; color: string }>;
  issues: PlannedIssue[];
  /** Sizes of LFS objects. */
  lfs: number[];
  wiki: string[];
  release?: { tag: string; attachment: number };
  /** An open pull request and one that is merged. */
  pulls: boolean;
  webhook: boolean;
}

export interface SeedPlan {
  seed: number;
  size: Size;
  organization: string;
  /** Repository whose issues are what services tell, so that they come and go during a drill. */
  signals: string;
  users: string[];
  repositories: PlannedRepository[];
  /** Repositories that services and agents run from, or work in. */
  samples: Sample[];
}

const labels = [
  { name: 'recovery', color: '#0e8a16' },
  { name: 'agent', color: '#1d76db' },
];

/** Decides everything. `forge` and `samples` come from the declaration. */
export function planSeed(options: {
  seed: number;
  size: Size;
  forge: Declaration['forge'];
  samples: Sample[];
}): SeedPlan {
  const random = new Random(options.seed);
  const measure = measures[options.size];
  const users = ['ada', 'grace', 'linus'].map((name) => `drill-${name}`);
  // One in four is young and small, so that the forge keeps its objects loose; the others arrive as packs.
  const young = (index: number) => index % 4 === 0;
  const weights = Array.from(
    { length: measure.repositories },
    (_, index) => (0.5 + random.next()) * (young(index) ? 0.2 : 1),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = (count: number, index: number) =>
    Math.floor(((index + 1) * count) / measure.repositories) - Math.floor((index * count) / measure.repositories);
  let attachments = measure.attachments;
  const repositories = weights.map((weight, index): PlannedRepository => {
    const name = `${word(random)}-${word(random)}-${String(index).padStart(2, '0')}`;
    const issues = Array.from({ length: share(measure.issues, index) }, (): PlannedIssue => ({
      ...plannedIssue(random, name),
      attachment: attachments-- > 0 ? measure.attachmentBytes : undefined,
    }));
    return {
      owner: index % 4 === 3 ? random.pick(users) : options.forge.organization,
      name,
      description: `Sample ${index} of drill ${options.seed}`,
      // Attachments of private repositories need a session to fetch; one in five without any stays private.
      private: index % 5 === 4 && issues.every((issue) => !issue.attachment),
      commits: young(index) ? random.between(3, 8) : random.between(40, 60),
      bytes: Math.floor((measure.gitBytes * weight) / total),
      branches: index % 3 === 0 ? ['develop', 'topic/one'] : index % 3 === 1 ? ['develop'] : [],
      tags: index % 2 === 0 ? ['v1.0.0', `v1.${index}.1`] : [],
      labels,
      issues,
      lfs: index < measure.lfsObjects ? [measure.lfsBytes + index] : [],
      wiki: index % 24 === 0 ? ['Home', 'Runbook'] : [],
      release: index % 16 === 2 ? { tag: 'v1.0.0', attachment: measure.attachmentBytes } : undefined,
      pulls: index % 24 === 0,
      webhook: index === 1,
    };
  });
  return {
    seed: options.seed,
    size: options.size,
    organization: options.forge.organization,
    signals: options.forge.signals,
    users,
    repositories,
    samples: options.samples,
  };
}

function plannedIssue(random: Random, repository: string): PlannedIssue {
  const sentence = () => `${line(random, 6, 14)}.`;
  return {
    title: `${word(random)} ${word(random)} in ${repository} (${random.between(1000, 9999)})`,
    body: Array.from({ length: random.between(1, 4) }, sentence).join('\n\n'),
    labels: labels.filter(() => random.next() < 0.4).map((label) => label.name),
    comments: Array.from({ length: random.between(0, 2) }, sentence),
    closed: random.next() < 0.15,
  };
}
