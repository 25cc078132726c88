/**
 * "Workloads". Everything authenticates through the identity stack ("Preconditions"), which stands on OpenBao. Which are critical is a reading:
 * the document marks tunnels only.
 */
import type { Row } from '../model/register/schema';
import { at, section, task } from './written';

const listed = section('Workloads');
type Workload = Extract<Row, { kind: 'workload' }>;

const workload = (id: string, name: string, row: Omit<Workload, 'kind' | 'id' | 'name'>): Workload => ({
  kind: 'workload',
  id,
  name,
  ...row,
});

export const workloads: Row[] = [
  workload('state-hub', 'State Hub API (primary)', {
    today: at('coulombcore', 'CNPG cluster; workstation tunnel state-hub-primary, 127.0.0.1:8000', 'identity'),
    target: at('railiance01', 'railiance01', 'identity'),
    owner: [task('T05')],
    wave: 2,
    method: 'CUST-WP-0011-T07 playbook: freeze → exact-count restore → rewire',
    critical: true,
    origin: listed('S2-86'),
  }),
  workload('state-hub-wsl2', 'State Hub API (WSL2 fallback)', {
    today: at('workstation', 'workstation WSL2'),
    target: 'retired',
    owner: ['CUST-WP-0011-T08', 'CUST-WP-0011-T09', task('T10')],
    wave: null,
    method: 'stabilization window; not part of the target architecture',
    critical: false,
    origin: listed('S2-87'),
  }),
  workload('activity-core', 'activity-core', {
    today: at('railiance01', 'k3s, namespace activity-core', 'temporal', 'nats', 'identity'),
    target: at('railiance01', 'railiance01 (retain)', 'temporal', 'nats', 'identity'),
    owner: [],
    wave: null,
    method: 'already on its target machine; bridges are fixed in T02',
    critical: true,
    origin: listed('S2-88'),
  }),
  workload('issue-core', 'issue-core', {
    today: at('coulombcore', 'k3s', 'identity'),
    target: at('railiance01', 'railiance01', 'identity'),
    owner: [task('T03')],
    wave: 4,
    method: 'drain sequence; ISSUE-WP-0003 is live; the emission chain is fixed in T02',
    critical: true,
    origin: listed('S2-89'),
  }),
  workload('core-hub', 'Core Hub', {
    today: at('coulombcore', 'hub.coulomb.social', 'identity'),
    target: at('railiance01', 'railiance01', 'identity'),
    owner: ['CORE-WP-0005', task('T03')],
    wave: 3,
    method: 'staging on coulombcore; production cutover human-gated',
    critical: true,
    origin: listed('S2-90'),
  }),
  workload('inter-hub', 'Inter-Hub (legacy Haskell)', {
    today: at('coulombcore', 'coulombcore external'),
    target: 'retired',
    owner: ['CORE-WP-0007'],
    wave: null,
    method: 'rollback-only after Core Hub’s cutover',
    critical: true,
    origin: listed('S2-91'),
  }),
  workload('forge', 'Gitea + OCI registry', {
    today: at('coulombcore', 'k3s, gitea.coulomb.social', 'identity'),
    target: at('railiance01', 'Forgejo, forgejo.coulomb.social', 'identity'),
    owner: ['RAIL-HO-WP-0005', task('T04')],
    wave: 1,
    method: 'read-only mirror on coulombcore until decommission',
    critical: true,
    origin: listed('S2-92'),
  }),
  workload('openbao', 'OpenBao', {
    today: at('coulombcore', 'coulombcore'),
    target: at('railiance01', 'railiance01'),
    owner: [task('T03')],
    wave: 7,
    method: 'last; NET-WP-0020 unseal automation',
    critical: true,
    origin: listed('S2-93'),
  }),
  workload('identity', 'Identity stack (KeyCape, Authelia, privacyIDEA, lldap)', {
    today: at('coulombcore', 'coulombcore', 'openbao'),
    target: at('railiance01', 'railiance01', 'openbao'),
    owner: [task('T03')],
    wave: 7,
    method: 'last; coupled to OpenBao',
    critical: true,
    origin: listed('S2-94'),
  }),
  workload('eso-argocd', 'ESO + ArgoCD control plane', {
    today: at('coulombcore', 'coulombcore', 'openbao', 'forge', 'identity'),
    target: at('railiance01', 'railiance01', 'openbao', 'forge', 'identity'),
    owner: [task('T03')],
    wave: 5,
    method: 'GitOps follows forge move',
    critical: true,
    origin: listed('S2-95'),
  }),
  workload('cnpg', 'CNPG databases (per workload)', {
    today: at(['coulombcore', 'railiance01'], 'coulombcore / railiance01'),
    target: at('railiance01', 'railiance01 per workload'),
    owner: [task('T03'), task('T05')],
    wave: 'with its workload',
    method: 'CNPG pattern proven; migrate with workload',
    critical: true,
    origin: listed('S2-96'),
  }),
  workload('llm-connect', 'llm-connect', {
    today: at(null, 'TBD cluster'),
    target: at('railiance01', 'railiance01'),
    owner: ['near-term lanes board'],
    wave: null,
    method: 'CCR-2026-0003 credential lane active',
    critical: false,
    origin: listed('S2-97'),
  }),
  workload('ops-hub', 'ops-hub (widget/evidence)', {
    today: at(null, 'files + Inter-Hub widgets', 'inter-hub'),
    target: at('railiance01', 'railiance01 via Core Hub', 'core-hub'),
    owner: ['CUST-WP-0025', 'CUST-WP-0049'],
    wave: null,
    method: 'not blocking workstation independence',
    critical: false,
    origin: listed('S2-98'),
  }),
  workload('temporal', 'Temporal (activity-core)', {
    today: at('railiance01', 'railiance01'),
    target: at('railiance01', 'railiance01 (retain)'),
    owner: [],
    wave: null,
    method: 'co-locate with activity-core',
    critical: true,
    origin: listed('S2-99'),
  }),
  workload('nats', 'NATS (activity-core)', {
    today: at('railiance01', 'railiance01'),
    target: at('railiance01', 'railiance01 (retain)'),
    owner: [],
    wave: null,
    method: 'co-locate with activity-core',
    critical: true,
    origin: listed('S2-100'),
  }),
];
