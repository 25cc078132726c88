/**
 * What the backups cost the running forge: the same requests with backups on and off, in turns. The requests come at a fixed
 * pace whether or not the forge keeps up, as clients do: reads, writes to the database, and pushes beside them.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gitOf, httpOf, type Forge } from '../forge';
import { WRITES_REPOSITORIES, type Account } from '../seed/account';
import { Gitea } from '../seed/gitea';
import { git } from '../seed/git';
import { UserError } from '../../scripts/lib/errors';
import { ssh } from '../../components/ssh';
import type { Benchmark } from './benchmark';
import { figure } from './result';
import type { Stage } from '../stage';
import { interleaved, median } from './statistics';
import { required } from '../../stacks/model/required';

const WINDOW_MS = 10_000;
/** Between switching and measuring: what switching itself costs must be over. */
const SETTLE_MS = 3000;
const READ_EVERY_MS = 100;
const WRITE_EVERY_MS = 100;
const PUSH_EVERY_MS = 1000;

/** Units that make up the backups of a host; their services are told by the units that are there. */
export const OFF = `set -e
units=$(systemctl list-units --plain --no-legend --state=active 'fleet-litestream.service' 'fleet-watch@*' 'fleet-heartbeat.timer' 'fleet-ship-*.timer' | cut -d' ' -f1)
echo $units >/run/fleet-bench-units
systemctl stop $units
mv /var/lib/fleet/ship-roots /run/fleet-bench-ship-roots`;
export const ON = `set -e
mv /run/fleet-bench-ship-roots /var/lib/fleet/ship-roots
systemctl start $(cat /run/fleet-bench-units)`;

/** More refusals than this share of the requests, and the forge was not measured but overrun. */
const REFUSED = 0.05;

interface Latencies {
  requests: number[];
  pushes: number[];
  /** Requests and pushes that were not answered well; they have no latency. */
  refused: number;
}

export const backupCost: Benchmark = {
  name: 'backup-cost',
  what: 'median latency of requests to the running forge with backups on, against off; pushes are told apart, because a push is answered once it is in the store',
  targets: { requests: 1.2 },
  needsCloud: true,
  run: async (context) => {
    const stage = await context.stage();
    const seen = { on: [] as Latencies[], off: [] as Latencies[] };
    const forge = stage.drill.forge;
    const account = stage.drill.account;
    const measure = async (state: 'on' | 'off') => {
      if (state === 'off') await onHost(stage, OFF);
      try {
        await sleep(SETTLE_MS, undefined, { signal: context.signal });
        const latencies = await load(forge, account, context.signal);
        seen[state].push(latencies);
        return median(latencies.requests);
      } finally {
        if (state === 'off') await onHost(stage, ON);
      }
    };
    const pairs = await interleaved(
      context.options.pairs,
      { measured: () => measure('on'), baseline: () => measure('off') },
      ({ measured, baseline }, index) =>
        context.progress.say(
          `  backups ${index + 1} of ${context.options.pairs}: median ${measured.toFixed(1)} ms with, ${baseline.toFixed(1)} ms without`,
        ),
    );
    const pushes = seen.on.map((on, index) => ({
      measured: median(on.pushes),
      baseline: median(required(seen.off[index], 'what was measured with the backups off').pushes),
    }));
    return [
      figure(backupCost, {
        name: 'requests',
        unit: 'ms',
        measured: 'backups on',
        baseline: 'off',
        pairs,
        details: counts(seen),
      }),
      figure(backupCost, {
        name: 'pushes',
        unit: 'ms',
        measured: 'backups on',
        baseline: 'off',
        pairs: pushes,
      }),
    ];
  },
};

const counts = (seen: { on: Latencies[]; off: Latencies[] }) => ({
  'requests with': seen.on.map(({ requests }) => requests.length),
  'requests without': seen.off.map(({ requests }) => requests.length),
  'pushes with': seen.on.map(({ pushes }) => pushes.length),
  'pushes without': seen.off.map(({ pushes }) => pushes.length),
  'refused with': seen.on.map(({ refused }) => refused),
  'refused without': seen.off.map(({ refused }) => refused),
});

export async function onHost(stage: Stage, command: string): Promise<void> {
  const done = await ssh(stage.drill.sshTarget, command);
  if (done.code !== 0)
    throw new UserError(`The backups of the host could not be switched: ${done.stderr.trim().split('\n').at(-1)}`);
}

/** One window of load; milliseconds of each request and push that was answered well. */
async function load(forge: Forge, account: Account, signal: AbortSignal): Promise<Latencies> {
  const http = httpOf(forge, { timeoutMs: 30_000 });
  const gitea = new Gitea(http, forge.baseUrl, { token: account.adminToken });
  const path = `${account.plan.organization}/${WRITES_REPOSITORIES[0]}`;
  const latencies: Latencies = { requests: [], pushes: [], refused: 0 };
  const until = Date.now() + WINDOW_MS;
  const env = await gitOf(forge, forge.admin.name, account.adminToken);
  const dir = join(forge.workDir, 'bench-pushes');
  rmSync(dir, { recursive: true, force: true });
  await git(env, ['init', '--quiet', '--initial-branch=main', dir]);
  const timed = async (into: number[], act: () => Promise<unknown>) => {
    const began = performance.now();
    await act().then(
      () => into.push(performance.now() - began),
      () => (latencies.refused += 1),
    );
  };
  const paced = async (every: number, act: (n: number) => Promise<void>) => {
    const begun: Array<Promise<unknown>> = [];
    for (let n = 0; Date.now() < until; n++) {
      begun.push(act(n).catch(() => (latencies.refused += 1)));
      await sleep(every, undefined, { signal });
    }
    await Promise.all(begun);
  };
  const push = async (n: number) => {
    const tree = await git(env, ['mktree'], { cwd: dir, input: '' });
    const commit = await git(env, ['commit-tree', tree, '-m', `bench ${until} ${n}`], { cwd: dir });
    await timed(latencies.pushes, () =>
      git(env, ['push', '--quiet', `${forge.baseUrl}/${path}.git`, `${commit}:refs/tags/bench-${until}-${n}`], {
        cwd: dir,
      }),
    );
  };
  try {
    // The connections are made before anything counts.
    await gitea.get(`/repos/${path}`);
    await Promise.all([
      paced(READ_EVERY_MS, () => timed(latencies.requests, () => gitea.get(`/repos/${path}/issues?limit=10`))),
      paced(WRITE_EVERY_MS, (n) =>
        timed(latencies.requests, () => gitea.post(`/repos/${path}/issues`, { title: `bench ${until} ${n}` })),
      ),
      paced(PUSH_EVERY_MS, push),
    ]);
  } finally {
    await http.close();
    rmSync(dir, { recursive: true, force: true });
  }
  const { requests, pushes, refused } = latencies;
  if (refused > REFUSED * (requests.length + pushes.length))
    throw new UserError(
      `The forge refused ${refused} of ${requests.length + pushes.length + refused} requests.`,
      'Run the benchmark on a machine with less else to do.',
    );
  return latencies;
}
