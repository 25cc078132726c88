/** Fills the forge by what the plan says, and returns what was acknowledged. */
import pMap from 'p-map';
import { adminOf, makeToken, withAdmin, withHttp, type AdminAccess, type Forge } from '../forge';
import { LIVE_REPOSITORIES, type Account, type SeededHook } from './account';
import { Facts } from './facts';
import { seedIssue, seedLabels } from './issues';
import { seedPeople } from './people';
import type { SeedPlan } from './plan';
import { createRepository, pushHistory, seedExtras, type RepositorySeeding } from './repositories';
import { seedSample } from './samples';

/** Requests at a time, and pushes at a time (each push costs the forge several processes). */
const REQUESTS = 8;
const PUSHES = 4;

export interface SeedOptions {
  /** Where a webhook is to be delivered. */
  hookUrl?: string;
  onProgress?: (note: string) => void;
}

/** Seeds an empty forge. Repositories are made in order, so that the same seed gives the same numbers. */
export async function seedForge(forge: Forge, plan: SeedPlan, options: SeedOptions = {}): Promise<Account> {
  const say = options.onProgress ?? (() => undefined);
  const patient = { timeoutMs: 120_000 };
  const facts = new Facts();
  const usedPasscodes = new Set<string>();
  say('users');
  const adminToken = await withHttp(
    forge,
    (http) => makeToken(adminOf(forge, http), forge.admin.name, `drill-${Date.now()}`),
    patient,
  );
  const fill = async (admin: AdminAccess) => {
    const { gitea, http } = admin;
    const users = await seedPeople(gitea, () => http, plan, facts, usedPasscodes);
    const { seed, organization } = plan;
    const s: RepositorySeeding = { ...admin, facts, seed, organization, hookUrl: options.hookUrl };

    say('repositories');
    await pMap(plan.repositories, (repository) => createRepository(s, repository), { concurrency: REQUESTS });
    for (const name of LIVE_REPOSITORIES)
      await createRepository(s, {
        owner: plan.organization,
        name,
        description: 'Written to during the drill',
        private: false,
      });
    for (const sample of plan.samples) await seedSample(s, sample);

    let pushed = 0;
    let written = 0;
    const total = plan.repositories.reduce((sum, repository) => sum + repository.issues.length, 0);
    const tell = () =>
      say(`git: ${pushed} of ${plan.repositories.length} repositories pushed; issues: ${written} of ${total}`);
    const hooks: SeededHook[] = [];
    await Promise.all([
      pMap(
        plan.repositories,
        async (repository) => {
          await pushHistory(s, repository);
          pushed += 1;
          tell();
        },
        { concurrency: PUSHES },
      ),
      pMap(
        plan.repositories,
        async (repository) => {
          const labels = await seedLabels(gitea, repository, facts);
          for (const issue of repository.issues) {
            await seedIssue(gitea, repository, issue, labels, facts, plan.seed);
            written += 1;
            tell();
          }
        },
        { concurrency: REQUESTS },
      ),
    ]);
    say('wikis, releases, pull requests, webhook');
    await pMap(
      plan.repositories,
      async (repository) => {
        const hook = await seedExtras(s, repository);
        if (hook) hooks.push(hook);
      },
      { concurrency: PUSHES },
    );
    return { plan, facts, adminToken, users, hook: hooks[0], usedPasscodes };
  };
  return withAdmin(forge, adminToken, fill, patient);
}
