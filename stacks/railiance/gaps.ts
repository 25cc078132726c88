/** What the document leaves open or names without a row. What is here is not silently missing. */
import type { Gap } from '../model/documents';

const gap = (subject: string, source: string, why: string, closes: string): Gap => ({ subject, source, why, closes });

export const gaps: Gap[] = [
  gap(
    'WireGuard',
    '"Target topology"',
    'To be evaluated when there are more than about 5 persistent units.',
    'A count of the lanes that stay, and a decision.',
  ),
  gap(
    'Weekly rotation of three nodes',
    '"Phoenix Path"',
    'Deferred until railiance02 exists.',
    'A rebuild that does not care which host it is of, and a third node.',
  ),
  gap(
    'Longhorn and replicated Postgres',
    '"Phoenix execution", "Open Gaps"',
    'Possible once two nodes are in the fleet.',
    'Wave 8.',
  ),
  gap('Host of llm-connect', '"Workloads"', '"TBD cluster".', 'The machine that it runs on, in its row.'),
  gap(
    'Hostname, SMTP and exposure of Forgejo',
    '"Open Gaps"',
    'Decided by a person; the name in the rows is provisional.',
    'RAIL-HO-WP-0005-T02.',
  ),
  gap(
    'ops/service-inventory.yml',
    '"Open Gaps", "Evidence and Inventory Sources"',
    'Of 2026-06-05, with stale labels.',
    'The register in its place.',
  ),
  gap('Widget-type registry of Core Hub', '"Open Gaps"', 'It must be there before wave 3.', 'CORE-WP-0005-T04.'),
  gap(
    'Profiles dev and fleet',
    '"Dev Environment", "Network tunnels"',
    'The switch is named, the two profiles are not written.',
    'Both, with the endpoint of each.',
  ),
  gap(
    'Phoenix drill on a disposable target',
    '"Phoenix Path", "Phoenix execution"',
    'No document says what it makes and when it has passed.',
    'A drill that makes, joins, verifies and destroys a node.',
  ),
  gap(
    'Acceptance of 24 hours without the workstation',
    '"Purpose"',
    'What is looked at meanwhile, and from where, is not said.',
    'A run that cuts the workstation off and watches each duty of this register.',
  ),
  gap(
    'Named without a row',
    '"Current topology", "Drain Sequence", "Machine Roles"',
    'haskelseed has no role and no target; flex-auth, the staging of Core Hub, the State Hub’s MCP server and the CI runners have no row; who belongs to wave 6 is not said.',
    'A row for each, and the wave in those that belong to it.',
  ),
  gap(
    'Lane to OpenBao between waves 5 and 7',
    '"Drain Sequence"',
    'What has moved still needs it, and the mesh has no lane for it.',
    'A lane with the wave in which it ends.',
  ),
  gap(
    'Ports, TLS, backups and objectives',
    'the whole document',
    'Nothing but the ports 8000 and 18000 is stated.',
    'A word for each service, before it can be declared.',
  ),
  gap(
    'Certificates of atm- actors',
    '"Target topology"',
    'Who issues them, how long they live and who renews them is not said.',
    'An issuer, a lifetime, and a check of it.',
  ),
];
