/** A CLI that is too old is not taken, and said to be. `pulumi` here only tells a version and its plugins. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseEngine } from '../../scripts/engines/choose';
import { pulumiCli } from '../../stacks/outside/versions';

const saved = process.env.PATH;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleet-choose-test-'));
  process.env.PATH = `${dir}:${saved}`;
  for (const name of ['digitalocean', 'cloudflare', 'command'])
    writeFileSync(join(dir, `pulumi-resource-${name}`), '', { mode: 0o755 });
});
afterEach(() => {
  process.env.PATH = saved;
});

const installed = (version: string) =>
  writeFileSync(join(dir, 'pulumi'), `#!/bin/sh\n[ "$1" = version ] && echo ${version} || echo '[]'\n`, {
    mode: 0o755,
  });

test.each(['v3.207.0', 'v3.225.1', '3.99.0'])(
  '%s is refused where it was meant, and a rehearsal goes on without it',
  async (version) => {
    installed(version);
    for (const choice of ['pulumi', 'auto'] as const)
      await expect(chooseEngine(choice)).rejects.toThrow(
        `The official Pulumi CLI on PATH is ${version}; the program needs ${pulumiCli.value} or newer.`,
      );
    const chosen = await chooseEngine('auto', { plugins: true });
    expect([chosen.engine.name, chosen.reason]).toEqual([
      'embedded',
      `the official Pulumi CLI is ${version}, older than ${pulumiCli.value}`,
    ]);
  },
);

test.each([`v${pulumiCli.value}`, 'v3.260.0', '3.1000.0', 'v4.0.0'])('%s is taken', async (version) => {
  installed(version);
  for (const plugins of [false, true]) expect((await chooseEngine('auto', { plugins })).engine.name).toBe('pulumi');
});
