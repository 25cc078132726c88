/**
 * "Network tunnels (production-critical)" and "Current topology". The workstation opens all 16 tunnels: what the document writes as "A →
 * workstation" is a reverse one, also where the word is missing (haskelseed), so that nothing ever connects to the workstation.
 */
import type { Row } from '../model/register/schema';
import { at, section, task } from './written';

const listed = section('Network tunnels (production-critical)');
const live = section('Current topology');

const bridges = 'ops-bridge or systemd ssh units on railiance01 with atm- certificates';

export const lanes: Row[] = [
  {
    kind: 'lane',
    id: 'activity-core-to-state-hub',
    name: 'activity-core → State Hub',
    today: at(
      ['railiance01', 'workstation', 'coulombcore'],
      'railiance01 reverse → workstation → state-hub-primary → coulombcore',
      'state-hub-railiance01',
      'state-hub-primary',
      'state-hub',
    ),
    target: at('railiance01', 'railiance01 atm- forward → railiance01 State Hub (local or short hop)', 'state-hub'),
    owner: [task('T02')],
    wave: null,
    method: `${bridges}; actcore-state-hub-bridge points at a machine-local port, and leads to coulombcore until wave 2`,
    critical: true,
    origin: listed('S2-28', 'S2-48', 'S2-49', 'S2-54', 'S2-55', 'S2-101'),
  },
  {
    kind: 'lane',
    id: 'agents-to-state-hub',
    name: 'Agents/MCP → State Hub',
    today: at(
      ['workstation', 'coulombcore'],
      'workstation 127.0.0.1:8000 → state-hub-primary → coulombcore',
      'state-hub-primary',
      'state-hub',
    ),
    target: at(
      ['workstation', 'railiance01'],
      'workstation 127.0.0.1:8000 → tunnel to railiance01 hub (dev client) or fleet endpoint',
      'state-hub',
    ),
    owner: [task('T05'), task('T07')],
    wave: null,
    method: 'profiles dev and fleet of the MCP configuration',
    critical: true,
    origin: listed('S2-52', 'S2-102'),
  },
  {
    kind: 'lane',
    id: 'automations-to-state-hub',
    name: 'railiance01 automations → State Hub',
    today: at(
      ['railiance01', 'workstation', 'coulombcore'],
      ':18000 chain via workstation',
      'state-hub-railiance01',
      'state-hub-primary',
      'state-hub',
    ),
    target: at('railiance01', 'railiance01-local bridge port', 'state-hub'),
    owner: [task('T02')],
    wave: null,
    method: bridges,
    critical: true,
    origin: listed('S2-28', 'S2-54', 'S2-55', 'S2-103'),
  },
  {
    kind: 'lane',
    id: 'activity-core-to-issue-core',
    name: 'activity-core → issue-core',
    today: at(
      ['railiance01', 'workstation', 'coulombcore'],
      'railiance01 reverse → workstation → issue-core-coulombcore',
      'issue-core-railiance01',
      'issue-core-coulombcore',
      'issue-core',
    ),
    target: at('railiance01', 'railiance01 atm- forward → issue-core (on railiance01 post-drain)', 'issue-core'),
    owner: [task('T02'), task('T03')],
    wave: null,
    method: `${bridges}; actcore-issue-core-bridge points at a machine-local port, and leads to coulombcore until wave 4`,
    critical: true,
    origin: listed('S2-29', 'S2-48', 'S2-50', 'S2-54', 'S2-55', 'S2-104'),
  },
  {
    kind: 'lane',
    id: 'operator-k3s',
    name: 'Operator k3s access',
    today: at(
      ['workstation', 'coulombcore'],
      'workstation forwards (k3s-api-*)',
      'k3s-api-coulombcore',
      'k3s-api-haskelseed',
    ),
    // To which machine it leads then is not said.
    target: at(null, 'workstation interactive (non-critical)'),
    owner: [],
    wave: null,
    method: null,
    critical: false,
    origin: listed('S2-52', 'S2-105'),
  },
];

/** The list is of today only: what becomes of a tunnel is said where a lane names it, and blank elsewhere. */
const tunnel = (
  id: string,
  to: 'coulombcore' | 'railiance01' | 'haskelseed',
  carries: 'forward' | 'reverse',
  as: string,
  fact: string,
): Row => ({
  kind: 'tunnel',
  id,
  name: id,
  today: at(['workstation', to], as),
  target: null,
  owner: [],
  wave: null,
  method: null,
  critical: as.startsWith('yes'),
  carries,
  actor: `agt-claude-${to}`,
  origin: live(fact),
});

export const tunnels: Row[] = [
  tunnel(
    'state-hub-primary',
    'coulombcore',
    'forward',
    'yes — MCP/agents reach cluster hub via 127.0.0.1:8000',
    'S2-31',
  ),
  tunnel('state-hub-cluster-coulombcore', 'coulombcore', 'forward', 'dev/ops access', 'S2-32'),
  tunnel('state-hub-railiance01', 'railiance01', 'reverse', 'yes — activity-core reaches hub', 'S2-33'),
  tunnel('state-hub-mcp-railiance01', 'railiance01', 'reverse', 'dev MCP', 'S2-34'),
  tunnel('issue-core-railiance01', 'railiance01', 'reverse', 'yes — emission lane', 'S2-35'),
  tunnel('issue-core-coulombcore', 'coulombcore', 'forward', 'yes — completes emission chain', 'S2-36'),
  tunnel('state-hub-coulombcore', 'coulombcore', 'forward', 'legacy/dev', 'S2-37'),
  tunnel('state-hub-mcp-coulombcore', 'coulombcore', 'forward', 'dev MCP', 'S2-38'),
  tunnel('k3s-api-coulombcore', 'coulombcore', 'forward', 'operator dev', 'S2-39'),
  tunnel('k3s-api-haskelseed', 'haskelseed', 'forward', 'experimental', 'S2-40'),
  tunnel('flex-auth-coulombcore', 'coulombcore', 'forward', 'identity dev', 'S2-41'),
  tunnel('core-hub-staging-coulombcore', 'coulombcore', 'forward', 'staging', 'S2-42'),
  tunnel('inter-hub-coulombcore', 'coulombcore', 'forward', 'legacy Inter-Hub', 'S2-43'),
  tunnel('state-hub-haskelseed', 'haskelseed', 'reverse', 'experimental', 'S2-44'),
  tunnel('state-hub-mcp-haskelseed', 'haskelseed', 'reverse', 'experimental', 'S2-45'),
  tunnel('nix-daemon-haskelseed', 'haskelseed', 'reverse', 'build dev', 'S2-46'),
];
