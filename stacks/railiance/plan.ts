/** "Sequencing Map", "Drain Sequence", "Preconditions", "Phoenix execution", "Production Promotion Gate". */
import type { Gate, Task, Wave } from '../model/register/schema';
import { section, task } from './written';

const drain = section('Drain Sequence');
const open = section('Open Gaps');
const phoenix = section('Phoenix execution');
const promotionGate = section('Production Promotion Gate');

const own = (number: string, what: string, done: boolean, ...after: string[]): Task => ({
  id: task(number),
  what,
  done,
  after: after.map(task),
});

/** Of other workplans the document names the number only. */
const others = (...ids: string[]): Task[] => ids.map((id) => ({ id, what: null, done: false, after: [] }));

export const tasks: Task[] = [
  own('T01', 'this document', true),
  own('T02', 'de-hub network', true, 'T01'),
  own('T03', 'placement plan / freeze', true, 'T01'),
  own('T04', 'forge + CI', false, 'T03'),
  own('T05', 'State Hub home on railiance01', false, 'T03'),
  own('T06', 'sink decoupling', false, 'T01'),
  own('T07', 'dev beachhead', false, 'T01'),
  own('T08', 'phoenix drill', false, 'T01'),
  own('T09', 'coulombcore → railiance02', false, 'T08'),
  own('T10', 'workstation-off acceptance: production runs 24 h and more without it', false, 'T09'),
  { id: 'RAIL-BS-WP-0006', what: 'staged-promotion contract', done: true, after: [] },
  { id: 'RAIL-HO-WP-0005-T02', what: 'decisions on the forge, by a person', done: false, after: [] },
  { id: 'CORE-WP-0005', what: 'Core Hub', done: false, after: ['CORE-WP-0005-T04'] },
  { id: 'CORE-WP-0005-T04', what: 'widget-type registry', done: false, after: [] },
  ...others(
    'RAIL-HO-WP-0005',
    'CORE-WP-0007',
    'CUST-WP-0011-T08',
    'CUST-WP-0011-T09',
    'CUST-WP-0025',
    'CUST-WP-0049',
    'STATE-WP-0064',
    'near-term lanes board',
  ),
];

export const waves: Wave[] = [
  {
    number: 1,
    what: 'Forge + CI',
    tasks: [task('T04')],
    gates: [
      {
        what: 'production hostname, SMTP and exposure of Forgejo are decided',
        owner: 'RAIL-HO-WP-0005-T02',
        origin: open('S2-150'),
      },
    ],
    origin: drain('S2-69', 'S2-132'),
  },
  {
    number: 2,
    what: 'State Hub primary',
    tasks: [task('T05')],
    gates: [
      {
        what: 'the restored hub counts as many rows as the frozen one, before anything is rewired',
        owner: task('T05'),
        origin: section('Workloads')('S2-86'),
      },
    ],
    origin: drain('S2-70', 'S2-133'),
  },
  {
    number: 3,
    what: 'Core Hub',
    tasks: ['CORE-WP-0005'],
    gates: [
      { what: 'widget-type registry', owner: 'CORE-WP-0005-T04', origin: open('S2-152') },
      {
        what: 'a person says yes to the production cutover',
        owner: null,
        origin: section('Workloads')('S2-90'),
      },
    ],
    origin: drain('S2-71', 'S2-134'),
  },
  { number: 4, what: 'issue-core', tasks: [], gates: [], origin: drain('S2-71', 'S2-135') },
  { number: 5, what: 'ESO / ArgoCD', tasks: [], gates: [], origin: drain('S2-136') },
  { number: 6, what: 'Supporting apps', tasks: [], gates: [], origin: drain('S2-137') },
  {
    number: 7,
    what: 'OpenBao + identity (LAST)',
    tasks: [],
    gates: [
      {
        what: 'nothing else of production is left on coulombcore',
        owner: task('T03'),
        origin: section('Preconditions')('S2-72'),
      },
    ],
    origin: drain('S2-138'),
  },
  {
    number: 8,
    what: 'coulombcore phoenix → railiance02',
    tasks: [task('T09')],
    gates: [
      {
        what: 'final inventory, plan of names and certificates of *.coulomb.social, data archived (S0)',
        owner: task('T09'),
        origin: phoenix('S2-74', 'S2-160'),
      },
      {
        what: 'the phoenix drill has passed on a disposable target, before anything is wiped (S3 before S1)',
        owner: task('T08'),
        origin: phoenix('S2-75', 'S2-77'),
      },
      {
        what: 'nobody needs the read-only mirror of Gitea nor the rollback to Inter-Hub any more',
        owner: null,
        origin: section('Workloads')('S2-91', 'S2-92'),
      },
    ],
    origin: drain('S2-139'),
  },
];

const needed = (what: string, fact: string): Gate => ({ what, owner: 'RAIL-BS-WP-0006', origin: promotionGate(fact) });

export const promotion: Gate[] = [
  needed('overlay repository railiance/<app>/ with app.toml and stage manifests', 'S2-60'),
  needed('stage deploy, stage observe, stage promote and stage rollback proven', 'S2-61'),
  needed('backup and restore drill, canary observation and operator approval recorded', 'S2-62'),
  needed('image in the forge’s OCI registry with an immutable tag', 'S2-63'),
];
