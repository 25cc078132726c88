/** Where the document disagrees with itself, and the reading that the register follows. */
import type { Contradiction } from '../model/documents';

export const contradictions: Contradiction[] = [
  {
    about: 'How many machines there are',
    says: ['three ("Purpose")', 'four tunnels lead to or from haskelseed ("Current topology")'],
    taken: 'A fourth, experimental machine outside production; what becomes of it is a finding.',
  },
  {
    about: 'Whether every row has a target and an owner',
    says: [
      '"every row above has a target and migration owner ✓" ("Dependency Register")',
      'no owner of activity-core, Temporal, NATS and operator k3s access; "TBD cluster"; most tunnels have no target (the same)',
    ],
    taken: 'They have not: each blank is a finding, and the register stays valid.',
  },
  {
    about: 'Whether T02 is done',
    says: ['"T02 de-hub network ✓" ("Sequencing Map")', '"fix bridges in T02", and tunnels through the workstation'],
    taken: 'Its documents are written, the lanes are not moved: marked done and not in place is a finding.',
  },
  {
    about: 'Order of the phoenix phases',
    says: ['wipe is S1, "Prove join-ready" S3 ("Phoenix execution")', 'T08 before T09 ("Sequencing Map")'],
    taken: 'The drill on a disposable target comes before the wipe, as a gate of wave 8.',
  },
  {
    about: 'What must have left before the wipe',
    says: [
      'neither ESO and ArgoCD nor supporting apps, but Inter-Hub ("Preconditions")',
      'waves 5 and 6, and no wave for Inter-Hub ("Drain Sequence")',
    ],
    taken: 'All of them. The wave of Inter-Hub is a finding.',
  },
  {
    about: 'ESO and ArgoCD before OpenBao',
    says: ['wave 5 and wave 7 ("Drain Sequence")', 'ESO reads OpenBao'],
    taken: 'The order stands; that a lane back to OpenBao is missing meanwhile is a finding.',
  },
  {
    about: 'Whether databases count',
    says: [
      '"fleet databases are disposable caches", "databases do not replicate" ("Role Invariants", "Dev Environment")',
      'exact-count restore, CNPG, streaming replication, backup drill of stateful workloads',
    ],
    taken: 'Caches are those of the State Hub and of dev-hub; forge, issue-core, identity and OpenBao hold data.',
  },
  {
    about: 'Name of the new forge',
    says: ['open ("Open Gaps")', 'forgejo.coulomb.social in every row ("Repo remotes")'],
    taken: 'The name in the rows, until it is decided: a gate of wave 1.',
  },
  {
    about: 'What may still be put on coulombcore',
    says: ['frozen immediately ("Role Invariants")', 'staging of Core Hub goes on there ("Workloads")'],
    taken: 'Nothing whose target it is; what is there stays until its wave.',
  },
  {
    about: 'Health of the State Hub without the workstation',
    says: ['127.0.0.1:8000 via tunnel ("Evidence")', 'production runs with the workstation off ("Purpose")'],
    taken: 'What watches the acceptance must ask the hub on railiance01.',
  },
  {
    about: 'Registry moves first, running pods last',
    says: ['wave 1 ("Drain Sequence")', 'images of gitea.coulomb.social are in use ("Build and publish pipelines")'],
    taken: 'The read-only mirror stays until nothing names it: a gate of wave 8.',
  },
  {
    about: 'Rollback on a host that is wiped',
    says: ['Inter-Hub and the mirror are on coulombcore ("Workloads")', 'wave 8 wipes it'],
    taken: 'Both must be needed by nobody before: the same gate.',
  },
  {
    about: 'Lost separators',
    says: ['"state-hub-primary127.0.0.1:8000" ("Workloads")', '"127.0.0.1:8000state-hub-primary" ("Network tunnels")'],
    taken: 'The tunnel state-hub-primary, which listens on 127.0.0.1:8000.',
  },
  {
    about: 'Workstation-off acceptance after the phoenix',
    says: ['T10 after T09 ("Sequencing Map")', 'it needs T02 and T04 to T06 only'],
    taken: 'The acceptance comes last; rehearsals of it may come earlier.',
  },
  {
    about: '/home/tegwick/<repo>',
    says: ['path on coulombcore that is retired', 'path on railiance01 that is the target (both "checkout paths")'],
    taken: 'A path means nothing without its machine: each row names both.',
  },
  {
    about: 'Tunnels of haskelseed to the workstation',
    says: ['without "(reverse)"', 'all tunnels originate on the workstation (both "Current topology")'],
    taken: 'Reverse tunnels: nothing connects to the workstation.',
  },
  {
    about: 'One host for everything',
    says: ['forge, CI, State Hub, identity and OpenBao all on railiance01 ("Dependency Register")'],
    taken: 'Accepted until railiance02 is there; `--without railiance01` shows what that means.',
  },
];
