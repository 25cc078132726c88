/** The outside that a new host downloads its programs from, on a bad day. */
import { NAMESPACE } from '../../stacks/model/settings';
import { EXIT } from '../../scripts/lib/errors';
import { phase, runEngine, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { control } from '../control';
import { configure } from '../settings';
import { fleet } from './child';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { loseAndRecover } from './steps';

/** Where GitHub's assets come from, and the other release hosts: every name but the mirror's. */
const RELEASE_HOSTS = ['release-assets.githubusercontent.com/*', 'dl.gitea.com/*', 'downloads.rclone.org/*'];

const downloads = (drill: Seeded, address: string, how: string, count?: number): Promise<unknown> =>
  control(drill, 'downloads/faults', { address, how, count });

export const artifactMirror: Fault = {
  kind: 'artifact-mirror',
  title: 'the release hosts have nothing any more; fleet:artifactMirror was set before',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'mirror', 'one setting, and an update', async (one) => {
      await configure(one, (file) =>
        file.setPlain(`${NAMESPACE}:artifactMirror`, required(one.cloud.mirror, 'a mirror')),
      );
      await runEngine(one, 'up');
      for (const address of RELEASE_HOSTS) await downloads(one, address, 'missing');
    });
    await loseAndRecover(drill);
  },
};

export const downloadsBroken: Fault = {
  kind: 'downloads-broken',
  title: 'downloads break off, crawl, and one is not the pinned file; then the update is run again',
  ends: 'recovers',
  // A person runs the update again, and a transfer that crawls is given up after half a minute only.
  timed: false,
  run: async (drill) => {
    await loseAndRecover(drill, {
      before: async (one) => {
        await downloads(one, '*/gitea-*', 'cut', 1);
        await downloads(one, '*/rclone-*', 'slow', 1);
        await downloads(one, '*/litestream-*', 'wrong', 1);
        await expectUnpinned(one);
      },
    });
  },
};

/** The update ends at the file that is not the pinned one, and says so; what only broke off or crawled is fetched again by itself. */
async function expectUnpinned(drill: Seeded): Promise<void> {
  drill.progress.waiting('an update that must not install another file than the pinned one');
  const { code, output } = await fleet(drill, 'up', ['--refresh']);
  const said = saidBy(output);
  drill.record.check(
    'a file that is not the pinned one ends the update',
    code === EXIT.failed && /artifact litestream .* is not the pinned one/.test(output),
    said,
  );
  const others = /artifact (gitea|rclone) .*$/m.exec(output)?.[0];
  drill.record.check(
    'a transfer that breaks off or crawls does not',
    others === undefined,
    others ?? 'they were fetched again',
  );
  const { faults } = await control<{ faults: unknown[] }>(drill, 'downloads/faults', undefined, 'GET');
  drill.record.check(
    'the downloads met every fault',
    faults.length === 0,
    faults.length ? JSON.stringify(faults) : 'each was met once',
  );
}
