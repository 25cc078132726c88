import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';

/** A root certificate, with the hash of its subject: the name under which OpenSSL looks it up. */
export interface Root {
  pem: string;
  hash: string;
}

const ADDED = '/usr/local/share/ca-certificates';
const STORE = '/etc/ssl/certs';
const BUNDLE = 'ca-certificates.crt';

export async function rootOf(pem: string): Promise<Root> {
  return { pem, hash: (await run('openssl', ['x509', '-noout', '-subject_hash'], { input: pem })).trim() };
}

/**
 * Puts roots into the trust store of the system in a folder, as `update-ca-certificates` leaves it: the bundle for curl, git and Go, links by
 * hash for Python and whatever else asks OpenSSL, and the source that a later `update-ca-certificates` on the host takes them from again.
 */
export function trust(system: string, roots: Root[]): void {
  const [added, store] = [join(system, ADDED), join(system, STORE)];
  for (const dir of [added, store]) mkdirSync(dir, { recursive: true });
  const bundle = join(store, BUNDLE);
  const before = existsSync(bundle) ? readFileSync(bundle, 'utf8') : '';
  const missing = roots.filter(({ pem }) => !before.includes(pem.trim()));
  if (missing.length === 0) return;
  for (const { pem, hash } of missing) {
    const name = `embedded-cloud-${hash}`;
    writeFileSync(join(added, `${name}.crt`), pem);
    link(`${ADDED}/${name}.crt`, join(store, `${name}.pem`));
    link(`${name}.pem`, join(store, `${hash}.0`));
  }
  writeFileSync(
    bundle,
    `${[before, ...missing.map(({ pem }) => pem)]
      .map((text) => text.trim())
      .filter(Boolean)
      .join('\n')}\n`,
  );
}

function link(to: string, at: string): void {
  try {
    symlinkSync(to, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
