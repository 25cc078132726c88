/** A report as a drill writes it, with everything in it that a report can have. */
import type { Report } from '../../scripts/lib/drill-report';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12) + second * 1000).toISOString();

const entry = (
  sent: number,
  answered: number | null,
  kind: Report['writes']['log'][number]['kind'],
  recovered = true,
): Report['writes']['log'][number] => ({
  sentAt: at(sent),
  at: answered === null ? null : at(answered),
  kind,
  id: `demo/writes ${kind} ${sent}`,
  outcome: answered === null ? 'in-flight' : 'acknowledged',
  recovered,
});

/** The fault strikes at 100 s, is detected at 110 s, and the first transaction succeeds at 139.2 s. */
export const sampleReport = (): Report => ({
  stack: 'drill',
  engine: 'embedded engine',
  cloud: 'embedded cloud',
  machine: { hostname: 'vm', cpus: 2, cpuModel: 'Some CPU', memoryMiB: 4096, system: 'Debian 12', node: 'v20.20.2' },
  options: { size: 'small', seed: 7, checkPreview: false },
  startedAt: at(0),
  endedAt: at(180),
  fault: { kind: 'host-destroyed', at: at(100) },
  phases: [
    { name: 'cloud', start: at(0), end: at(2) },
    { name: 'create', start: at(2), end: at(50) },
    { name: 'seed', start: at(50), end: at(90) },
    { name: 'guard', start: at(90), end: at(91) },
    { name: 'fault', start: at(91), end: at(101) },
    { name: 'detection', start: at(101), end: at(110) },
    { name: 'rebuild', start: at(110), end: at(165) },
    { name: 'verify', start: at(165), end: at(172) },
    { name: 'compare', start: at(172), end: at(176) },
    { name: 'destroy', start: at(176), end: at(179) },
  ],
  steps: [
    { name: 'Droplet alpha', op: 'create', start: at(112), end: at(114), failed: false },
    { name: 'Command alpha-provision', op: 'create-replacement', start: at(114), end: at(125), failed: false },
    { name: 'Command alpha-gitea-restore', op: 'create-replacement', start: at(125), end: null, failed: false },
    { name: 'Command alpha-gitea-restore', op: 'create-replacement', start: at(126), end: at(130), failed: false },
    { name: 'Command alpha-gitea-verify', op: 'create-replacement', start: at(130), end: at(131), failed: true },
    { name: 'Command alpha-protect', op: 'create-replacement', start: at(145), end: at(164), failed: false },
    { name: 'Command alpha-protect', op: 'delete-replaced', start: at(164), end: at(164.02), failed: false },
  ],
  rto: { fresh: 39.2, cachedClient: 38.9, objectiveSeconds: 60 },
  rpo: [
    { dataset: 'gitea/database', seconds: 0.4, objectiveSeconds: 5 },
    { dataset: 'gitea/repositories', seconds: 0, objectiveSeconds: 5 },
    { dataset: 'gitea/files', seconds: 0, objectiveSeconds: 5 },
  ],
  writes: {
    acknowledged: 202,
    recovered: 201,
    lost: [
      {
        dataset: 'gitea/database',
        kind: 'comment',
        id: 'demo/writes comment 99.5',
        acknowledgedAt: at(99.6),
        how: 'missing',
      },
    ],
    invented: 0,
    load: {
      seconds: 9,
      database: { acknowledged: 108, perSecond: 12 },
      pushes: { acknowledged: 12, perSecond: 1.3 },
      inFlight: { database: 1, pushes: 1 },
      failed: 0,
    },
    log: [
      entry(98, 98.2, 'issue'),
      entry(98.5, 99, 'push'),
      entry(99.5, 99.6, 'comment', false),
      entry(99.9, null, 'issue'),
      entry(99.95, null, 'push'),
    ],
  },
  checks: [
    { name: 'issues', ok: true, detail: '41 of 41' },
    { name: 'RTO, fresh client', ok: true, detail: '39.2 s, objective 60 s' },
  ],
  standIns: ['DigitalOcean API: embedded cloud', 'Pulumi engine and providers: embedded engine'],
  verdict: 'recovered',
});

/** What a drill writes down that ended before its fault. */
export const withoutFault = (change: Partial<Report>): Report => ({
  ...sampleReport(),
  fault: null,
  phases: sampleReport().phases.slice(0, 2),
  steps: undefined,
  rto: { fresh: null, cachedClient: null, objectiveSeconds: 60 },
  rpo: [],
  checks: [{ name: 'nothing left on this machine', ok: true, detail: 'no process' }],
  writes: { acknowledged: 0, recovered: 0, lost: [], invented: 0, load: null, log: [] },
  ...change,
});
