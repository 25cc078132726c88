/** What the fleet relies on and does not run. A rebuild needs none of them but those that say so. */
import type { External } from '../model/documents';

export const externals: External[] = [
  {
    name: 'DigitalOcean',
    purpose: 'droplets, reserved IPs, firewalls',
    without: 'No host can be made.',
    rebuildNeeds: true,
    status: 'https://status.digitalocean.com/',
  },
  {
    name: 'Cloudflare',
    purpose: 'DNS of the public names',
    without: 'Names keep leading to the reserved IPs; none can be changed.',
    rebuildNeeds: true,
    status: 'https://www.cloudflarestatus.com/',
  },
  {
    name: 'Registrar of the zone',
    purpose: 'the domain itself',
    without: 'The zone runs out when it is not renewed.',
    rebuildNeeds: false,
  },
  {
    name: 'Object store',
    purpose: 'every backup, in an account that no host shares',
    without: 'Nothing can be restored; hosts queue what they would ship, and alarm.',
    rebuildNeeds: true,
  },
  {
    name: 'Debian archives',
    purpose: 'packages of a new host',
    without: 'A new host cannot be provisioned.',
    rebuildNeeds: true,
  },
  {
    name: 'Official downloads, or the fleet’s artifact mirror',
    purpose: 'binaries that Debian does not carry',
    without: 'A new host cannot be provisioned.',
    rebuildNeeds: true,
  },
  {
    name: 'Certificate authority (ACME)',
    purpose: 'certificates, when none can be restored',
    without: 'Restored certificates serve until they run out.',
    rebuildNeeds: false,
  },
  {
    name: 'Ollama’s model registry',
    purpose: 'models are pulled again after a rebuild',
    without: 'Agents have no local inference until it answers.',
    rebuildNeeds: false,
  },
  {
    name: 'Telegram',
    purpose: 'alarms to people, where a token is set',
    without: 'Alarms reach the forge and the journal only.',
    rebuildNeeds: false,
  },
  {
    name: 'Second place for repositories (GitHub)',
    purpose: 'every branch and tag once more, where the mirror is switched on',
    without: 'Nothing: it is not relied on.',
    rebuildNeeds: false,
  },
];
