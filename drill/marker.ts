/** A text that is written to the forge in every way that keeps it as it is; in the store it must be found nowhere. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import execa from 'execa';
import { withForge, type Forge } from './forge';
import type { Account } from './seed/account';
import { sha256 } from './seed/facts';
import { issueValue } from './seed/issues';
import { required } from '../stacks/model/required';

/** Writes it as an issue (database) and as an attachment (files); both become part of what must come back. */
export async function writeMarker(forge: Forge, account: Account): Promise<string> {
  const marker = `plain-text-marker-${randomBytes(16).toString('hex')}`;
  return withForge(forge, account.adminToken, async (gitea) => {
    const { owner, name } = required(account.plan.repositories[0], 'a repository in the plan');
    const path = `${owner}/${name}`;
    const issue = await gitea.post(`/repos/${path}/issues`, { title: marker, body: marker });
    account.facts.add(
      'issue',
      `${path}#${issue.number}`,
      issueValue({ title: marker, body: marker, state: 'open', labels: [] }),
    );
    const data = Buffer.from(`${marker}\n`.repeat(64));
    const attachment = await gitea.upload(
      `/repos/${path}/issues/${issue.number}/assets?name=marker.txt`,
      'marker.txt',
      data,
    );
    account.facts.add('attachment', `${path}#${issue.number}/${attachment.uuid}`, sha256(data));
    return marker;
  });
}

/** Files below the store's own folder that hold a text; file names count too. */
export async function filesHolding(text: string, storeDir: string): Promise<string[]> {
  const found = await execa('grep', ['-rlaF', '-e', text, storeDir], { reject: false });
  if (found.exitCode === undefined || found.exitCode > 1)
    throw new Error(`the store's folder ${storeDir} could not be searched: ${found.stderr}`);
  const named = await execa('find', [storeDir, '-name', `*${text}*`]);
  return [...found.stdout.split('\n'), ...named.stdout.split('\n')].filter(Boolean);
}

export const storeDirOf = (cacheDir: string): string => join(cacheDir, 'run', 'store');
