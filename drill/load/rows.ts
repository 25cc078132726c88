/**
 * What a write leaves in the forge, as rows that can be listed and compared: a key and a value. The writers say with these
 * functions what they send, the reader what it finds; both must give the same for the same thing. Pure.
 */
import { digest, type DatasetName } from '../seed/facts';

export type RowKind = 'issue' | 'comment' | 'label' | 'ref' | 'commit';

export interface Row {
  kind: RowKind;
  id: string;
  value: string;
}

/** The part of the dataset that a row lies in. */
export const datasetOfRow = (kind: RowKind): Extract<DatasetName, 'gitea/database' | 'gitea/repositories'> =>
  kind === 'ref' || kind === 'commit' ? 'gitea/repositories' : 'gitea/database';

/** Titles and comments begin with the number of their write, which no other write has. */
export const nameOf = (n: number): string => `write ${n}`;
const named = (text: string): string => /^write \d+/.exec(text)?.[0] ?? digest(text);

export const issueRow = (path: string, title: string, body: string): Row => ({
  kind: 'issue',
  id: `${path} ${named(title)}`,
  value: digest(title, body),
});

/** `issue` is the number the forge gave. */
export const commentRow = (path: string, issue: number, body: string): Row => ({
  kind: 'comment',
  id: `${path}#${issue} ${named(body)}`,
  value: digest(body),
});

/** That an issue, named by its title because the forge may give a lost issue's number again, wears a label. */
export const labelRow = (path: string, title: string, label: string): Row => ({
  kind: 'label',
  id: `${path} ${named(title)} ${label}`,
  value: label,
});

export const refRow = (path: string, ref: string, commit: string): Row => ({
  kind: 'ref',
  id: `${path} ${ref}`,
  value: commit,
});

/** A commit of the branch with its parents: with every one of these equal, the history is the same line of commits. */
export const commitRow = (path: string, commit: string, parents: string[]): Row => ({
  kind: 'commit',
  id: `${path} ${commit}`,
  value: parents.join(' '),
});

/** The branch that grows by a commit with every push. */
export const BRANCH = 'refs/heads/main';
