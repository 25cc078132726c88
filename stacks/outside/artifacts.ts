/** Programs that Debian does not carry: where they are published, in which form, and what of it a host needs. */
import type { Artifact, Download, PythonProgram, SourceProgram, Unpublished } from './artifact';
import type { Fact } from './fact';
import { pinOf } from './pins';

/** Its `check` fetches it, checks it against what its makers publish, and writes the pin. */
const fact = <T extends Artifact>(value: T, source: string, checked: string): Fact<T> => ({
  value,
  source,
  checked,
  check: `bin/fleet artifacts pin ${value.name}`,
});

const download = (one: Omit<Download, 'pin'>, source: string, checked: string): Fact<Download> =>
  fact({ ...one, pin: pinOf(one.name, one.version) }, source, checked);

export const gitea = download(
  {
    name: 'gitea',
    version: '1.26.4',
    layout: 'binary',
    url: 'https://dl.gitea.com/gitea/1.26.4/gitea-1.26.4-linux-amd64',
    members: {},
    published: { url: 'https://dl.gitea.com/gitea/1.26.4/gitea-1.26.4-linux-amd64.sha256', form: 'sums' },
  },
  'gitea@v1.26.4: Makefile (release targets, sha256), .github/workflows/release-tag-version.yml (folder)',
  '2026-11-29',
);

export const caddy = download(
  {
    name: 'caddy',
    version: '2.11.7',
    layout: 'tar.gz',
    url: 'https://github.com/caddyserver/caddy/releases/download/v2.11.7/caddy_2.11.7_linux_amd64.tar.gz',
    members: { caddy: 'bin' },
    // SHA-512 in the checksums file.
    published: {
      url: 'https://github.com/caddyserver/caddy/releases/download/v2.11.7/caddy_2.11.7_checksums.txt',
      form: 'sums',
    },
  },
  'caddy@v2.11.7: .goreleaser.yml (archives, checksum sha512)',
  '2026-11-29',
);

/**
 * Of the line that encrypts with age by itself; 0.5 does not, and an encrypting gateway in between would be one more thing that can
 * acknowledge a write it then loses. 0.3.14 has the same format and differs in one thing: the
 * restore of a snapshot that no WAL follows does not end in a panic. It is the next to take; rehearsals have no build of it yet.
 */
export const litestream = download(
  {
    name: 'litestream',
    version: '0.3.13',
    layout: 'tar.gz',
    url: 'https://github.com/benbjohnson/litestream/releases/download/v0.3.13/litestream-v0.3.13-linux-amd64.tar.gz',
    members: { litestream: 'bin' },
    published: {
      url: 'https://api.github.com/repos/benbjohnson/litestream/releases/tags/v0.3.13',
      form: 'github-digest',
    },
  },
  'litestream@v0.3.13: .github/workflows/release.linux.yml (tar.gz with the program at its root, no checksum file); v0.3.14 differs in replica.go only',
  '2026-11-30',
);

export const rclone = download(
  {
    name: 'rclone',
    version: '1.75.2',
    layout: 'zip',
    url: 'https://downloads.rclone.org/v1.75.2/rclone-v1.75.2-linux-amd64.zip',
    members: { 'rclone-v1.75.2-linux-amd64/rclone': 'bin' },
    published: { url: 'https://downloads.rclone.org/v1.75.2/SHA256SUMS', form: 'clearsigned' },
  },
  'rclone@v1.75.1: bin/cross-compile.go (layout), bin/make-checksums (SHA256SUMS, clearsigned)',
  '2026-11-29',
);

/** Of more than a gigabyte a host without GPUs needs the program and the libraries for its processor. */
export const ollama = download(
  {
    name: 'ollama',
    version: '0.17.4',
    layout: 'tar.zst',
    url: 'https://github.com/ollama/ollama/releases/download/v0.17.4/ollama-linux-amd64.tar.zst',
    members: { 'bin/ollama': 'bin', 'lib/ollama/libggml-*': 'lib/ollama' },
    published: { url: 'https://github.com/ollama/ollama/releases/download/v0.17.4/sha256sum.txt', form: 'sums' },
  },
  'ollama@v0.17.4: .github/workflows/release.yaml (tar.zst, sha256sum.txt), CMakeLists.txt (GGML_CPU_ALL_VARIANTS), ml/path.go (lib/ollama beside bin)',
  '2026-11-29',
);

export const actionsRunner = download(
  {
    name: 'gitea-runner',
    version: '1.0.8',
    layout: 'binary',
    url: 'https://dl.gitea.com/gitea-runner/1.0.8/gitea-runner-1.0.8-linux-amd64',
    members: {},
    published: { url: 'https://dl.gitea.com/gitea-runner/1.0.8/gitea-runner-1.0.8-linux-amd64.sha256', form: 'sums' },
  },
  'gitea runner@v1.0.8: .goreleaser.yaml (folder, name), .goreleaser.checksum.sh',
  '2026-11-29',
);

export const tailscale = download(
  {
    name: 'tailscale',
    version: '1.96.2',
    layout: 'tar.gz',
    url: 'https://pkgs.tailscale.com/stable/tailscale_1.96.2_amd64.tgz',
    members: { 'tailscale_1.96.2_amd64/tailscale': 'bin', 'tailscale_1.96.2_amd64/tailscaled': 'bin' },
    published: { url: 'https://pkgs.tailscale.com/stable/tailscale_1.96.2_amd64.tgz.sha256', form: 'sums' },
  },
  'https://pkgs.tailscale.com/stable/#static; tailscale@v1.96: release/dist/unixpkgs (layout)',
  '2026-11-29',
);

/** The store: what hosts of the role serve, and what runs by the same unit on a machine that is set up by hand. */
export const versitygw = download(
  {
    name: 'versitygw',
    version: '1.8.0',
    layout: 'tar.gz',
    url: 'https://github.com/versity/versitygw/releases/download/v1.8.0/versitygw_v1.8.0_Linux_x86_64.tar.gz',
    members: { 'versitygw_v1.8.0_Linux_x86_64/versitygw': 'bin' },
    published: { url: 'https://github.com/versity/versitygw/releases/download/v1.8.0/checksums.txt', form: 'sums' },
  },
  'versitygw@v1.8.0: .goreleaser.yaml (archive with a folder of its own, checksums.txt)',
  '2026-12-01',
);

/** The newest that Debian 12's Python runs. */
export const evennia = fact<PythonProgram>(
  { name: 'evennia', version: '5.0.1', layout: 'python', url: 'https://pypi.org/simple/' },
  'https://pypi.org/project/evennia/5.0.1/ (requires Python 3.11 or newer; 6.0 requires 3.12)',
  '2026-11-29',
);

export const strfry: Fact<SourceProgram> = {
  value: {
    name: 'strfry',
    version: '1.1.3',
    layout: 'source',
    url: 'https://github.com/hoytech/strfry',
    pin: pinOf('strfry', '1.1.3'),
    buildPackages: [
      'g++',
      'make',
      'libssl-dev',
      'zlib1g-dev',
      'liblmdb-dev',
      'libflatbuffers-dev',
      'libsecp256k1-dev',
      'libzstd-dev',
      'libyaml-perl',
      'libtemplate-perl',
      'libregexp-grammars-perl',
    ],
    build: ['make setup-golpe', 'make -j2'],
    members: { strfry: 'bin' },
  },
  source:
    'strfry: README.md ("Compile": packages of Debian, git submodule update --init, make setup-golpe, make); no release carries a binary for Debian',
  checked: '2026-11-30',
  check: 'git ls-remote https://github.com/hoytech/strfry refs/tags/1.1.3',
};

/** Only for who switches it on. */
export const conduit: Fact<Unpublished> = {
  value: { name: 'matrix-conduit', version: '0.10.9', layout: 'tree', url: '', pin: pinOf('matrix-conduit', '0.10.9') },
  source: 'https://docs.conduit.rs/deploying/generic.html (build artifacts of its GitLab, no addresses that stay)',
  checked: '2026-11-29',
  check: 'put it on a mirror and its SHA-256 into fleet:artifactPins',
};

export const artifacts: Array<Fact<Artifact>> = [
  gitea,
  caddy,
  litestream,
  rclone,
  ollama,
  actionsRunner,
  tailscale,
  versitygw,
  evennia,
  strfry,
  conduit,
];
