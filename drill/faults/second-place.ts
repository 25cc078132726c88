/** The forge is dead and so is the store; what is left of the repositories is their second place. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import pMap from 'p-map';
import { PUSH_SECONDS } from '../../services/repository-mirror';
import { NAMESPACE } from '../../stacks/model/settings';
import { phase, runEngine, shareOf, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { control } from '../control';
import { gitOf } from '../forge';
import { GitPlace } from '../git-place';
import { isAcknowledged, type Write } from '../load/log';
import { beginLoad, fault, type Struck } from '../phases/fault';
import { rebuild } from '../phases/rebuild';
import { redeclared, withHost } from '../program/declare';
import { LIVE_REPOSITORIES, WRITES_REPOSITORIES } from '../seed/account';
import { git, gitEnvironment, remoteRefs } from '../seed/git';
import { verifyService } from '../services/host';
import { configure } from '../settings';
import type { Fault } from './fault';
import { recover, until } from './steps';

/** What waits at most to be in the second place: the pause between two runs, and a run. */
const DELAY_SECONDS = PUSH_SECONDS + 30;
/** Before the fault there is a push that is older than that by this much. */
const OLDER_SECONDS = 5;
const CLONES = 4;
const USER = 'mirror';

export const secondPlace: Fault = {
  kind: 'second-place',
  title: 'host and store are gone; the repositories are in their second place',
  ends: 'recovers',
  run: async (drill) => {
    const token = randomBytes(18).toString('hex');
    const { listen } = required(drill.provider.hooks(), 'an address that hosts reach');
    const place = await GitPlace.listen(listen, join(drill.workspace.workDir, 'place'), { user: USER, token });
    drill.provider.standIns.push('Second place of the repositories (GitHub): git’s own server on this machine');
    try {
      const url = `http://${listen}:${place.port}`;
      const env = await gitEnvironment({ baseUrl: url, user: USER, token, workDir: drill.workspace.workDir });
      const { mirrored, before } = await phase(
        drill,
        'second place',
        'one word in extraServices, two settings, and an update',
        async (one) => {
          const mirrored = await switchOn(one, url, token);
          return { mirrored, before: await refsOfForge(mirrored) };
        },
      );
      const struck = await phase(mirrored, 'fault', 'writing until the host dies', async (one) => {
        const load = await beginLoad(one);
        await until(one, 'a push that is older than the second place may be behind', async () => {
          const [first] = load.writes.filter(isAcknowledged).filter(({ kind }) => kind === 'push');
          return first !== undefined && Date.now() - first.acknowledgedAt > (DELAY_SECONDS + OLDER_SECONDS) * 1000;
        });
        return fault(one, { load });
      });
      await phase(struck, 'what is left', 'the second place, without host and store', (one) =>
        lookAt(one, { url, env, before }),
      );
      await recover(struck, {
        rebuilding: async (one) => {
          await rebuild(one);
          await same(one, 'the second place is as the rebuilt forge');
        },
      });
    } finally {
      place.close();
    }
  },
};

/** Branches and tags by repository, as `owner/name`. */
type Place = Map<string, Map<string, string>>;

async function switchOn(seeded: Seeded, url: string, token: string): Promise<Seeded> {
  const drill = redeclared(seeded, (declaration) => withHost(declaration, { extraServices: ['repository-mirror'] }));
  await configure(drill, (file) => {
    file.setPlain(`${NAMESPACE}:mirror`, { url, user: USER, create: `${url}/api/repos` });
    file.setSecret(`${NAMESPACE}:mirrorToken`, token);
  });
  await runEngine(drill, 'up');
  await same(drill, 'the second place is as the forge');
  return drill;
}

/** As the service itself verifies it: every repository's branches and tags, wikis and all. */
async function same(drill: Seeded, name: string): Promise<void> {
  const { ok, said } = await verifyService(drill.sshTarget, 'repository-mirror');
  drill.record.check(name, ok, said);
}

/** What the forge shows of the repositories that nobody writes to any more. */
async function refsOfForge(drill: Seeded): Promise<Place> {
  const { forge, account } = drill;
  const { facts, adminToken } = account;
  const env = await gitOf(forge, forge.admin.name, adminToken);
  const paths = facts
    .list('repository')
    .map(({ id }) => id)
    .filter((path) => !LIVE_REPOSITORIES.includes(basename(path)));
  const wikis = new Set(facts.list('wiki').map(({ id }) => `${id.split('/').slice(0, 2).join('/')}.wiki`));
  const all = [...paths, ...wikis];
  return new Map(
    await pMap(
      all,
      async (path) => [path, branchesAndTags(await remoteRefs(env, `${forge.baseUrl}/${path}.git`))] as const,
      { concurrency: CLONES },
    ),
  );
}

const branchesAndTags = (refs: Map<string, string>): Map<string, string> =>
  new Map([...refs].filter(([ref]) => !ref.startsWith('refs/pull/')).sort());

/** With the host dead and the store away: refs, whole clones, and the pushes of the load. */
async function lookAt(
  drill: Struck,
  { url, env, before }: { url: string; env: Record<string, string>; before: Place },
): Promise<void> {
  const { load } = drill;
  const struck = drill.strike.struckAt;
  // As they are called on the forge's disk.
  const at = (path: string) => `${url}/${path.toLowerCase().replace('/', '__')}.git`;
  await control(drill, 'store/away', { how: 'refuse' });
  try {
    const live = WRITES_REPOSITORIES.map((name) => `${drill.account.plan.organization}/${name}`);
    const pushed = new Set<string>();
    let count = 0;
    const wrong = await pMap(
      [...before.keys(), ...live],
      async (path) => {
        drill.progress.waiting(`a clone of ${path}, ${++count} of ${before.size + live.length}`);
        const expected = before.get(path);
        if (
          expected &&
          JSON.stringify([...expected]) !== JSON.stringify([...branchesAndTags(await remoteRefs(env, at(path)))])
        )
          return `${path} has other branches or tags`;
        const dir = join(drill.workspace.workDir, 'from-second-place', path);
        await git(env, ['clone', '--quiet', '--mirror', at(path), dir]);
        await git(env, ['fsck', '--full', '--no-dangling'], { cwd: dir });
        if (!expected)
          for (const id of (await git(env, ['rev-list', '--all'], { cwd: dir })).split('\n'))
            pushed.add(`${path} ${id}`);
        rmSync(dir, { recursive: true });
        return undefined;
      },
      { concurrency: CLONES },
    );
    const differ = wrong.filter((one) => one !== undefined);
    const refs = [...before.values()].reduce((sum, { size }) => sum + size, 0);
    drill.record.check(
      'every branch and tag is in the second place, and clones whole',
      differ.length === 0,
      differ.join('; ') ||
        `${refs} branches and tags of ${before.size} repositories, cloned and checked with ${live.length} that were written to; no host, no store`,
    );
    const { ok, detail } = judge(load.writes, pushed, struck);
    drill.record.checkUnlessStarved(
      `every push older than ${DELAY_SECONDS} s is in the second place`,
      ok,
      detail,
      shareOf(drill, load.startedAt ?? struck, struck),
    );
  } finally {
    await control(drill, 'store/back');
  }
}

/** Holds the acknowledged pushes against the commits of the second place. Pure. */
export function judge(
  writes: readonly Write[],
  there: ReadonlySet<string>,
  struckAt: number,
  delaySeconds = DELAY_SECONDS,
): { ok: boolean; detail: string } {
  const pushes = writes
    .filter(isAcknowledged)
    .filter(({ kind, acknowledgedAt }) => kind === 'push' && acknowledgedAt <= struckAt);
  const old = pushes.filter(({ acknowledgedAt }) => struckAt - acknowledgedAt > delaySeconds * 1000);
  const missing = pushes.filter(({ id }) => !there.has(id));
  const behind = missing.length
    ? (struckAt - Math.min(...missing.map(({ acknowledgedAt }) => acknowledgedAt))) / 1000
    : 0;
  const detail = `${pushes.length - missing.length} of ${pushes.length} acknowledged pushes are there, ${old.length} were older than ${delaySeconds} s; it was ${behind.toFixed(1)} s behind when the host died`;
  return { ok: old.length > 0 && behind <= delaySeconds, detail };
}
