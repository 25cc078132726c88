/** "Sink and prompt paths", and what production does by itself ("Current topology", "Role invariants"). */
import type { Duty, Row } from '../model/register/schema';
import { at, section, task } from './written';

const listed = section('Sink and prompt paths');
const live = section('Current topology');
const invariants = section('Role invariants');

export const sinks: Row[] = [
  {
    kind: 'sink',
    id: 'triage-memory',
    name: 'Daily triage working-memory',
    today: at('workstation', '/home/worsch/the-custodian/memory/working (ActivityDefinition + PVC mount)'),
    target: at('railiance01', 'repo-relative or PVC-native path + sweep sync-to-repo', 'activity-core', 'sweep-host'),
    owner: [task('T06')],
    wave: null,
    method: null,
    origin: listed('S2-119'),
  },
  {
    kind: 'sink',
    id: 'triage-progress',
    name: 'Daily triage State Hub progress',
    today: at('coulombcore', 'cluster hub via workstation tunnel', 'activity-core-to-state-hub'),
    target: at('railiance01', 'railiance01 hub direct', 'state-hub'),
    owner: [task('T02'), task('T05')],
    wave: 2,
    method: null,
    origin: listed('S2-120'),
  },
  {
    kind: 'sink',
    id: 'sweep-progress',
    name: 'Consistency sweep progress event',
    today: at('workstation', 'via workstation-hosted sweep', 'sweep-host'),
    target: at('railiance01', 'railiance01-hosted sweep', 'sweep-host'),
    owner: [task('T05'), 'STATE-WP-0064'],
    wave: 2,
    method: null,
    origin: listed('S2-121'),
  },
  {
    kind: 'sink',
    id: 'session-traces',
    name: 'Agent session traces (runtime/agent.py)',
    today: at('workstation', 'memory/working/agent-session-*.md on workstation'),
    target: at('workstation', 'dev-hub local buffer; commit on reconnect'),
    owner: [task('T07')],
    wave: null,
    method: null,
    origin: listed('S2-122'),
  },
  {
    kind: 'sink',
    id: 'output-schema',
    name: 'output_schema in ActivityDefinitions',
    today: at('workstation', 'absolute paths under /home/worsch/the-custodian/'),
    target: at('railiance01', 'repo-relative resolution in activity-core', 'activity-core'),
    owner: [task('T06')],
    wave: null,
    method: null,
    origin: listed('S2-123'),
  },
];

export const duties: Duty[] = [
  {
    id: 'daily-triage',
    name: 'daily triage evidence',
    today: ['activity-core', 'triage-memory', 'triage-progress', 'output-schema'],
    target: ['activity-core', 'triage-memory', 'triage-progress', 'output-schema'],
    origin: live('S2-47', 'S2-149'),
  },
  {
    id: 'sweep',
    name: 'consistency sweeps',
    today: ['sweep-host', 'sweep-progress'],
    target: ['sweep-host', 'sweep-progress'],
    origin: live('S2-47', 'S2-149'),
  },
  {
    id: 'emission',
    name: 'issue emission',
    today: ['activity-core', 'activity-core-to-issue-core'],
    target: ['activity-core', 'activity-core-to-issue-core'],
    origin: live('S2-47'),
  },
  {
    id: 'authentication',
    name: 'authentication of production',
    today: ['identity'],
    target: ['identity'],
    origin: invariants('S2-23', 'S2-72'),
  },
  {
    id: 'schedules',
    name: 'automation schedules',
    today: ['activity-core'],
    target: ['activity-core'],
    origin: invariants('S2-14', 'S2-23'),
  },
];
