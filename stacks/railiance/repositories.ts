/** "Repo remotes", "State Hub repo checkout paths", "Build and publish pipelines". */
import type { Row } from '../model/register/schema';
import { at, section, task } from './written';

const remotesSection = section('Repo remotes');
const paths = section('State Hub repo checkout paths');
const builds = section('Build and publish pipelines');

const remote = (id: string, name: string, slug: string, count: number, ...facts: string[]): Row => ({
  kind: 'remote',
  id,
  name,
  today: at('coulombcore', `gitea.coulomb.social/coulomb/${slug}.git`, 'forge'),
  target: at('railiance01', `forgejo.coulomb.social/coulomb/${slug}.git`, 'forge'),
  owner: [task('T04')],
  wave: 1,
  method: 'the pattern is uniform: another name of the forge',
  count,
  origin: remotesSection(...facts),
});

const sample = (slug: string, fact: string) => remote(`remote-${slug}`, slug, slug, 1, fact);

export const remotes: Row[] = [
  sample('the-custodian', 'S2-107'),
  sample('state-hub', 'S2-108'),
  sample('activity-core', 'S2-109'),
  sample('issue-core', 'S2-110'),
  sample('ops-bridge', 'S2-111'),
  sample('ops-warden', 'S2-112'),
  sample('core-hub', 'S2-113'),
  remote('remote-all', '(all 74 registered repos)', '<slug>', 74, 'S2-106', 'S2-114'),
];

export const checkouts: Row[] = [
  {
    kind: 'checkout',
    id: 'local-paths',
    name: 'local_path for 74 repos',
    today: at('workstation', '/home/worsch/<repo>'),
    target: at('railiance01', 'clone tree (e.g. /home/tegwick/<repo> or gitops-managed path)', 'forge'),
    owner: [task('T05')],
    wave: 2,
    method: null,
    origin: paths('S2-115'),
  },
  {
    kind: 'checkout',
    id: 'sweep-host',
    name: 'Consistency sweep writeback host',
    today: at('workstation', 'consistency_check.py --remote via API', 'local-paths', 'agents-to-state-hub'),
    target: at('railiance01', 'railiance01 checkouts from forge', 'local-paths', 'state-hub'),
    owner: [task('T05'), 'STATE-WP-0064'],
    wave: 2,
    method: null,
    origin: paths('S2-116'),
  },
  {
    kind: 'checkout',
    id: 'coulombcore-host-paths',
    name: 'COULOMBCORE host_paths',
    today: at('coulombcore', '/home/tegwick/<repo> (11 repos, CUST-WP-0021)'),
    target: 'retired',
    owner: [task('T09')],
    wave: 8,
    method: 'with coulombcore’s drain',
    origin: paths('S2-117'),
  },
  {
    kind: 'checkout',
    id: 'host-paths-map',
    name: 'Multi-host path resolution',
    today: at(null, 'host_paths map per hostname'),
    target: at('railiance01', 'fleet-primary host only + dev-hub local'),
    owner: [task('T07')],
    wave: null,
    method: null,
    origin: paths('S2-118'),
  },
];

const build = (
  image: string,
  today: string,
  registry: string,
  target: string,
  method: string | null,
  fact: string,
): Row => ({
  kind: 'pipeline',
  id: `build-${image}`,
  name: image,
  today: at('workstation', today, 'forge'),
  target: at('railiance01', target, 'forge'),
  owner: [task('T04')],
  wave: 1,
  method,
  registry: { today: registry, target: 'railiance01 forge OCI' },
  origin: builds(fact),
});

export const pipelines: Row[] = [
  build(
    'state-hub',
    'workstation docker build',
    'gitea.coulomb.social/coulomb/state-hub',
    'Forgejo Actions runner on railiance01',
    null,
    'S2-124',
  ),
  build(
    'core-hub',
    'workstation / railiance-forge docs',
    'gitea.coulomb.social/coulomb/core-hub',
    'CI runner',
    null,
    'S2-125',
  ),
  build(
    'activity-core',
    'workstation manual rebuild + scp',
    'railiance01 k3s import / Gitea',
    'CI on tag push',
    'CI on tag push',
    'S2-126',
  ),
  build('issue-core', 'workstation / manual', 'gitea.coulomb.social/coulomb/issue-core', 'CI runner', null, 'S2-127'),
  {
    kind: 'pipeline',
    id: 'haskell-build-agent',
    name: 'Haskell build agent',
    today: at('workstation', 'workstation VM (haskell-build-vm)'),
    target: 'retired',
    owner: ['CORE-WP-0007'],
    wave: null,
    method: null,
    registry: null,
    origin: builds('S2-128'),
  },
];
