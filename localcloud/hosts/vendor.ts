/** The provider's own part of a first boot, in the form in which cloud-init takes it (`stacks/outside/first-boot.ts` has the sources). */

const BOUNDARY = '===============fleetcloud==';

/**
 * apt as the installer of the provider's agent uses it, lists first, then packages; the agent itself and its archive cannot be had here. Both
 * locks are held by apt itself, for half of the time each.
 */
const installer = (seconds: number): string => `#!/bin/sh
export DEBIAN_FRONTEND=noninteractive
apt-get purge -y droplet-agent >/dev/null 2>&1 || :
apt-get -qq update -o APT::Update::Pre-Invoke::='sleep ${seconds / 2}'
apt-get -qq install -y -o DPkg::Pre-Invoke::='sleep ${seconds / 2}' ca-certificates apt-utils apt-transport-https
`;

const part = (type: string, name: string, content: string): string =>
  [
    `--${BOUNDARY}`,
    'MIME-Version: 1.0',
    `Content-Type: text/${type}; charset="us-ascii"`,
    'Content-Transfer-Encoding: 7bit',
    `Content-Disposition: attachment; filename="${name}"`,
    '',
    content,
  ].join('\n');

export function vendorData(aptSeconds: number): string {
  return [
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    'MIME-Version: 1.0',
    '',
    part('cloud-config', 'cloud-config', '#cloud-config\ndisable_root: false\nmanage_etc_hosts: true\n'),
    ...(aptSeconds > 0 ? [part('x-shellscript', 'agent', installer(aptSeconds))] : []),
    `--${BOUNDARY}--`,
    '',
  ].join('\n');
}
