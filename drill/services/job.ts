/** A build job of the forge, asked for as a person would and executed by the runner of a host: what that host is for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Seeded } from '../context';
import { withForge } from '../forge';
import { TRANSACTIONS_REPOSITORY } from '../seed/account';
import type { Gitea } from '../seed/gitea';

const WORKFLOW = 'drill.yaml';
/** A bound against waiting for ever. */
const JOB_MS = 600_000;

const workflow = (label: string) => `on: workflow_dispatch
jobs:
  build:
    runs-on: ${label}
    steps:
      - run: echo built
`;

interface Ended {
  ok: boolean;
  said: string;
}

interface Run {
  id: number;
  status: string;
  conclusion?: string;
}

/** Runs one job on the runner with this label. The workflow is made where it is missing. */
export const runJob = (drill: Seeded, label: string): Promise<Ended> =>
  withForge(drill.forge, drill.account.adminToken, (gitea) => runOn(gitea, drill, label));

async function runOn(gitea: Gitea, { account: { plan }, signal }: Seeded, label: string): Promise<Ended> {
  const repository = `/repos/${plan.organization}/${TRANSACTIONS_REPOSITORY}`;
  const runs = async (): Promise<Run[]> =>
    (await gitea.get<{ workflow_runs: Run[] | null }>(`${repository}/actions/runs?limit=50`)).workflow_runs ?? [];
  const file = `${repository}/contents/.gitea/workflows/${WORKFLOW}`;
  if (!(await gitea.exists(file)))
    await gitea.post(file, { content: Buffer.from(workflow(label)).toString('base64'), message: 'A job' });
  const known = new Set((await runs()).map(({ id }) => id));
  const { default_branch: ref } = await gitea.get<{ default_branch: string }>(repository);
  await gitea.post(`${repository}/actions/workflows/${WORKFLOW}/dispatches`, { ref });
  const began = Date.now();
  let seen: Run | undefined;
  while (Date.now() < began + JOB_MS) {
    seen = (await runs()).find(({ id }) => !known.has(id));
    const ended =
      seen?.conclusion || (seen && ['success', 'failure', 'cancelled'].includes(seen.status) ? seen.status : undefined);
    if (ended) return { ok: ended === 'success', said: `${ended} after ${((Date.now() - began) / 1000).toFixed(1)} s` };
    await sleep(1000, undefined, { signal });
  }
  return { ok: false, said: `${seen?.status ?? 'not even queued'} after ${JOB_MS / 1000} s` };
}
