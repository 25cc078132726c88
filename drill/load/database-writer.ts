/** Writes to the forge's database through its API: a seeded mix of issues, comments and labels. */
import type { Gitea } from '../seed/gitea';
import type { Random } from '../seed/random';
import type { WriteLog } from './log';
import { commentRow, issueRow, labelRow, nameOf } from './rows';
import { line } from '../seed/words';

export const LABELS = ['urgent', 'later', 'blocked', 'review', 'docs', 'ops'];
/** Issues that a writer goes on with. */
const KNOWN = 20;

interface KnownIssue {
  number: number;
  title: string;
  labels: string[];
}

/** Makes the labels that writers put on issues; name → number. */
export async function makeLabels(gitea: Gitea, path: string): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const name of LABELS) ids.set(name, (await gitea.post(`/repos/${path}/labels`, { name, color: '#5319e7' })).id);
  return ids;
}

export class DatabaseWriter {
  private known: KnownIssue[] = [];

  constructor(
    private readonly gitea: Gitea,
    private readonly path: string,
    private readonly labels: Map<string, number>,
    private readonly random: Random,
    private readonly log: WriteLog,
  ) {}

  /** One write. Throws when it was not acknowledged. */
  async write(): Promise<void> {
    const choice = this.random.next();
    const issue = this.known.length ? this.random.pick(this.known) : undefined;
    try {
      if (!issue || choice < 0.4) await this.issue();
      else if (choice < 0.6 && issue.labels.length < LABELS.length) await this.label(issue);
      else await this.comment(issue);
    } catch (error) {
      // Whoever saw a failure cannot know whether its issues survive; a restored forge may give their numbers to others.
      this.known = [];
      throw error;
    }
  }

  private async issue(): Promise<void> {
    const title = `${nameOf(this.log.number())}: ${line(this.random, 2, 5)}`;
    const body = line(this.random, 5, 40);
    const made = await this.log.send('issue', [issueRow(this.path, title, body)], () =>
      this.gitea.post(`/repos/${this.path}/issues`, { title, body }),
    );
    this.known = [...this.known, { number: made.number, title, labels: [] }].slice(-KNOWN);
  }

  private async comment({ number }: KnownIssue): Promise<void> {
    const body = `${nameOf(this.log.number())}: ${line(this.random, 5, 30)}`;
    await this.log.send('comment', [commentRow(this.path, number, body)], () =>
      this.gitea.post(`/repos/${this.path}/issues/${number}/comments`, { body }),
    );
  }

  private async label(issue: KnownIssue): Promise<void> {
    const name = this.random.pick(LABELS.filter((one) => !issue.labels.includes(one)));
    await this.log.send('label', [labelRow(this.path, issue.title, name)], () =>
      this.gitea.post(`/repos/${this.path}/issues/${issue.number}/labels`, { labels: [this.labels.get(name)] }),
    );
    issue.labels.push(name);
  }
}
