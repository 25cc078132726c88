/**
 * Release hosts as the cloud plays them: which folder of the cache lies at which address. Written down here once more on purpose: a wrong address
 * in the program then finds nothing, as it would outside.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { artifactName } from '../parts/artifact';
import { MODELS, MODEL_STORAGE } from './models';

interface Release {
  /** Host and folder. */
  at: string;
  name: string;
  version: string;
}

const RELEASES: Release[] = [
  { at: 'dl.gitea.com/gitea/1.26.4', name: 'gitea', version: '1.26.4' },
  { at: 'dl.gitea.com/gitea-runner/1.0.8', name: 'gitea-runner', version: '1.0.8' },
  { at: 'downloads.rclone.org/v1.75.2', name: 'rclone', version: '1.75.2' },
  { at: 'github.com/caddyserver/caddy/releases/download/v2.11.7', name: 'caddy', version: '2.11.7' },
  { at: 'github.com/benbjohnson/litestream/releases/download/v0.3.13', name: 'litestream', version: '0.3.13' },
  { at: 'github.com/ollama/ollama/releases/download/v0.17.4', name: 'ollama', version: '0.17.4' },
  { at: 'github.com/versity/versitygw/releases/download/v1.8.0', name: 'versitygw', version: '1.8.0' },
];

export const GITHUB = 'github.com';
/** Where GitHub sends whoever asks for an asset of a release. */
export const GITHUB_ASSETS = 'release-assets.githubusercontent.com';
export const GITHUB_API = 'api.github.com';
const INDEX = 'pypi.org';
const INDEX_FILES = 'files.pythonhosted.org';

/** Every name that the cloud plays over TLS. */
export const PLAYED_NAMES = [
  ...new Set([
    ...RELEASES.map(({ at }) => at.replace(/\/.*/, '')),
    GITHUB,
    GITHUB_ASSETS,
    GITHUB_API,
    INDEX,
    INDEX_FILES,
    MODELS,
    MODEL_STORAGE,
  ]),
];

/** File of the cache behind an address without its scheme, where the cloud plays one. */
export function fileAt(artifacts: string, address: string): string | undefined {
  const cut = address.lastIndexOf('/');
  const [folder, file] = [address.slice(0, cut), address.slice(cut + 1)];
  const release = RELEASES.find(({ at }) => at === folder);
  return release && filesOf(artifacts, release).includes(file)
    ? join(artifacts, artifactName(release.name, release.version), file)
    : undefined;
}

function filesOf(artifacts: string, { name, version }: Release): string[] {
  try {
    // A pin and what lies beside the release are the cloud's own.
    return readdirSync(join(artifacts, artifactName(name, version))).filter((file) => !file.startsWith('.'));
  } catch {
    return [];
  }
}

/** Addresses of the files of a release by its tag's page in GitHub's API: `/repos/OWNER/NAME/releases/tags/TAG`. */
export function assetsOf(artifacts: string, path: string): Array<{ name: string; address: string }> | undefined {
  const [, repository, tag] = /^\/repos\/([^/]+\/[^/]+)\/releases\/tags\/([^/]+)$/.exec(path) ?? [];
  const release = RELEASES.find(({ at }) => at === `${GITHUB}/${repository}/releases/download/${tag}`);
  return release && filesOf(artifacts, release).map((name) => ({ name, address: `${release.at}/${name}` }));
}

const LIFETIME_MS = 5 * 60_000;

const idOf = (address: string) =>
  createHash('sha256')
    .update(address)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** Where GitHub redirects to: an address that expires within minutes. */
export function redirectOf(address: string, now = Date.now()): string {
  const expires = new Date(now + LIFETIME_MS).toISOString().replace(/\.\d+/, '');
  const query = new URLSearchParams({
    sp: 'r',
    sv: '2018-11-09',
    sr: 'b',
    spr: 'https',
    se: expires,
    rscd: `attachment; filename=${address.split('/').at(-1)}`,
    rsct: 'application/octet-stream',
    sig: idOf(expires),
  });
  return `https://${GITHUB_ASSETS}/github-production-release-asset/${parseInt(idOf(address).slice(0, 7), 16)}/${idOf(address)}?${query.toString()}`;
}

/** File behind such an address; `expired` once its time is over. */
export function assetAt(artifacts: string, path: string, query: URLSearchParams, now = Date.now()): string | undefined {
  const id = /^\/github-production-release-asset\/\d+\/([0-9a-f-]{36})$/.exec(path)?.[1];
  if (!id) return undefined;
  const found = RELEASES.filter(({ at }) => at.startsWith(GITHUB))
    .flatMap((release) => filesOf(artifacts, release).map((name) => `${release.at}/${name}`))
    .find((address) => idOf(address) === id);
  if (found && !(Date.parse(query.get('se') ?? '') > now)) return 'expired';
  return found && fileAt(artifacts, found);
}
