/** The embedded cloud's image and first boot are what the table of outside facts says of the provider's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vendorData } from '../../localcloud/hosts/vendor';
import { PACKAGES } from '../../localcloud/parts/image';
import { agent, packages, vendorConfig } from '../../stacks/outside/first-boot';

test('no package is in the image that is not sure to be in the provider’s', () => {
  expect(PACKAGES.filter((name) => !packages.value.sure.includes(name))).toEqual([]);
});

test('a host that is provisioned gets first what it needs before its packages and what is not sure to be there', () => {
  const provision = readFileSync(join(__dirname, '../../host/provision'), 'utf8');
  const ground = /^ground=\((.*)\)$/m.exec(provision)![1].split(' ');
  expect(ground).toEqual(expect.arrayContaining(['curl', 'nftables']));
  expect(packages.value.notSure).toEqual(expect.arrayContaining(['curl', 'nftables']));
  // Before them only what an essential package, or one that is sure to be there, brings.
  expect(provision.indexOf('install_packages "${ground[@]}"')).toBeLessThan(provision.indexOf('set_firewall'));
});

test('the vendor’s data is its cloud-config, and the installer of its agent where it runs apt', () => {
  const parts = (text: string) =>
    [...text.matchAll(/^Content-Type: text\/(\S+); charset="us-ascii"\n(?:.+\n)*\n([^]*?)\n--=/gm)].map(
      ([, type, content]) => ({ type, content }),
    );
  const lines = Object.entries(vendorConfig.value).map(([key, value]) => `${key}: ${value}`);
  const config = { type: 'cloud-config', content: ['#cloud-config', ...lines, ''].join('\n') };
  expect(parts(vendorData(0))).toEqual([config]);
  const [first, script] = parts(vendorData(60));
  expect(first).toEqual(config);
  expect(script.type).toBe('x-shellscript');
  expect(script.content).toMatch(/^#!\/bin\/sh\n/);
  for (const name of agent.value.packages) expect(script.content).toContain(name);
  expect(script.content.match(/sleep 30/g)).toHaveLength(2);
});
