/**
 * What the backups cost a push of many refs, as a mirror or a first import is: git runs the shipping hook twice for each of them, and the push
 * is to be shipped once. Against the same push into the same repository without any hook of the backups.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORIES } from '../../services/gitea';
import { gitOf } from '../forge';
import { WRITES_REPOSITORIES } from '../seed/account';
import { git } from '../seed/git';
import { OFF, ON, onHost } from './backup-cost';
import type { Benchmark } from './benchmark';
import { figure } from './result';
import { interleaved } from './statistics';

const REFS = 1000;
/** What a push may take longer however small it is: one shipment of all refs. */
const ASIDE_MS = 500;
/** Where the hooks are meanwhile, on the host: what backups run by has a folder `/run/fleet`. */
const PUT_AWAY = '/run/fleet-bench';

export const manyRefs: Benchmark = {
  name: 'many-refs',
  what: `a push of ${REFS} new tags with backups on, less half a second, against the same push without the hooks of the backups`,
  targets: { push: 1.5 },
  needsCloud: true,
  run: async (context) => {
    const stage = await context.stage();
    const forge = stage.drill.forge;
    const account = stage.drill.account;
    const env = await gitOf(forge, forge.admin.name, account.adminToken);
    const path = `${account.plan.organization}/${WRITES_REPOSITORIES[0]}`;
    const hooks = `${REPOSITORIES}/${path.toLowerCase()}.git/hooks`;
    const dir = join(forge.workDir, 'bench-refs');
    rmSync(dir, { recursive: true, force: true });
    await git(env, ['init', '--quiet', '--initial-branch=main', dir]);
    const tree = await git(env, ['mktree'], { cwd: dir, input: '' });
    const push = async () => {
      const label = `many-${Date.now()}`;
      const commit = await git(env, ['commit-tree', tree, '-m', label], { cwd: dir });
      await git(env, ['update-ref', '--stdin'], {
        cwd: dir,
        input: Array.from({ length: REFS }, (_, n) => `create refs/tags/${label}/${n} ${commit}\n`).join(''),
      });
      const began = performance.now();
      await git(env, ['push', '--quiet', `${forge.baseUrl}/${path}.git`, `refs/tags/${label}/*:refs/tags/${label}/*`], {
        cwd: dir,
      });
      return performance.now() - began;
    };
    const without = async () => {
      await onHost(
        stage,
        `${OFF}\nmv ${hooks}/reference-transaction ${PUT_AWAY}-reference-transaction\nmv ${hooks}/post-receive.d/fleet ${PUT_AWAY}-post-receive`,
      );
      try {
        return await push();
      } finally {
        await onHost(
          stage,
          `mv ${PUT_AWAY}-reference-transaction ${hooks}/reference-transaction\nmv ${PUT_AWAY}-post-receive ${hooks}/post-receive.d/fleet\n${ON}`,
        );
      }
    };
    try {
      const pairs = await interleaved(
        context.options.pairs,
        { measured: async () => Math.max(1, (await push()) - ASIDE_MS), baseline: without },
        ({ measured, baseline }, index) =>
          context.progress.say(
            `  ${REFS} refs ${index + 1} of ${context.options.pairs}: ${(measured + ASIDE_MS).toFixed(0)} ms with, ${baseline.toFixed(0)} ms without`,
          ),
      );
      return [
        figure(manyRefs, {
          name: 'push',
          unit: 'ms',
          measured: `backups on, less ${ASIDE_MS} ms`,
          baseline: 'without hooks',
          pairs,
        }),
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
