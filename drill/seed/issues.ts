/** Labels, issues, comments and attachments of one repository. */
import { digest, sha256, type Facts } from './facts';
import type { Gitea } from './gitea';
import type { PlannedIssue, PlannedRepository } from './plan';
import { bytes } from './random';

/** How an issue is compared: everything a person sees of it but its comments. */
export const issueValue = (issue: { title: string; body: string; state: string; labels: string[] }): string =>
  digest(issue.title, issue.body, issue.state, [...issue.labels].sort());

export async function seedLabels(gitea: Gitea, plan: PlannedRepository, facts: Facts): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  if (plan.issues.length === 0) return ids;
  const path = `${plan.owner}/${plan.name}`;
  for (const label of plan.labels) {
    const made = await gitea.post(`/repos/${path}/labels`, label);
    facts.add('label', `${path}/${label.name}`, label.color.replace('#', '').toLowerCase());
    ids.set(label.name, made.id);
  }
  return ids;
}

export async function seedIssue(
  gitea: Gitea,
  plan: PlannedRepository,
  issue: PlannedIssue,
  labels: Map<string, number>,
  facts: Facts,
  seed: number,
): Promise<void> {
  const path = `${plan.owner}/${plan.name}`;
  const made = await gitea.post(`/repos/${path}/issues`, {
    title: issue.title,
    body: issue.body,
    labels: issue.labels.map((name) => labels.get(name)),
  });
  const id = `${path}#${made.number}`;
  facts.add('issue', id, issueValue({ ...issue, state: 'open' }));
  for (const body of issue.comments) {
    const comment = await gitea.post(`/repos/${path}/issues/${made.number}/comments`, { body });
    facts.add('comment', `${id}/${comment.id}`, digest(body));
  }
  if (issue.attachment) {
    const data = bytes(seed, `${id}/attachment`, issue.attachment);
    const attachment = await gitea.upload(
      `/repos/${path}/issues/${made.number}/assets?name=evidence.zip`,
      'evidence.zip',
      data,
    );
    facts.add('attachment', `${id}/${attachment.uuid}`, sha256(data));
  }
  if (issue.closed) {
    await gitea.patch(`/repos/${path}/issues/${made.number}`, { state: 'closed' });
    facts.add('issue', id, issueValue({ ...issue, state: 'closed' }));
  }
}
