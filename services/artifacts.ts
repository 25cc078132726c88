/** Binaries that Debian does not carry, with their official downloads. */
import type { Artifact } from './plan';

export const gitea: Artifact = {
  name: 'gitea',
  version: '1.26.4',
  url: 'https://dl.gitea.com/gitea/1.26.4/gitea-1.26.4-linux-amd64',
  sha256Url: 'https://dl.gitea.com/gitea/1.26.4/gitea-1.26.4-linux-amd64.sha256',
  packed: 'binary',
};

export const caddy: Artifact = {
  name: 'caddy',
  version: '2.11.7',
  url: 'https://github.com/caddyserver/caddy/releases/download/v2.11.7/caddy_2.11.7_linux_amd64.tar.gz',
  sha256Url: 'https://github.com/caddyserver/caddy/releases/download/v2.11.7/caddy_2.11.7_checksums.txt',
  packed: 'tar.gz',
  member: 'caddy',
};

/** Tools every host needs to be backed up and restored. */
export const backupTools: Artifact[] = [
  {
    name: 'litestream',
    version: '0.3.13',
    url: 'https://github.com/benbjohnson/litestream/releases/download/v0.3.13/litestream-v0.3.13-linux-amd64.tar.gz',
    sha256Url: 'https://github.com/benbjohnson/litestream/releases/download/v0.3.13/litestream-v0.3.13-linux-amd64.tar.gz.sha256',
    packed: 'tar.gz',
    member: 'litestream',
  },
  {
    name: 'rclone',
    version: '1.75.2',
    url: 'https://downloads.rclone.org/v1.75.2/rclone-v1.75.2-linux-amd64.zip',
    sha256Url: 'https://downloads.rclone.org/v1.75.2/SHA256SUMS',
    packed: 'zip',
    member: 'rclone-v1.75.2-linux-amd64/rclone',
  },
];

/** Debian packages every host needs to be backed up and restored. All at once: two runs of apt take longer than what one of them waits for. */
export const backupPackages = ['age', 'git', 'inotify-tools', 'jq', 'restic', 'socat', 'sqlite3'];

/** Its makers publish source only; the fleet's mirror carries what was built from it. */
export const strfry: Artifact = { name: 'strfry', version: '1.0.4', packed: 'mirror-only' };

export const ollama: Artifact = {
  name: 'ollama',
  version: '0.17.4',
  url: 'https://github.com/ollama/ollama/releases/download/v0.17.4/ollama-linux-amd64.tgz',
  sha256Url: 'https://github.com/ollama/ollama/releases/download/v0.17.4/sha256sum.txt',
  packed: 'tar.gz',
  member: 'bin/ollama',
};

/** The newest that Debian 12's Python runs. */
export const evennia: Artifact = { name: 'evennia', version: '5.0.1', packed: 'pypi' };

export const actionsRunner: Artifact = {
  name: 'gitea-runner',
  version: '1.0.8',
  url: 'https://dl.gitea.com/gitea-runner/1.0.8/gitea-runner-1.0.8-linux-amd64',
  sha256Url: 'https://dl.gitea.com/gitea-runner/1.0.8/gitea-runner-1.0.8-linux-amd64.sha256',
  packed: 'binary',
};

/** Both only for who switches them on. */
export const conduit: Artifact = { name: 'matrix-conduit', version: '0.10.9', packed: 'mirror-only' };

export const tailscale: Artifact = { name: 'tailscale', version: '1.96.2', packed: 'mirror-only' };
