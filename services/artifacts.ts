/** Binaries that Debian does not carry, as services name them. The facts are in stacks/outside/artifacts.ts. */
import * as outside from '../stacks/outside/artifacts';
import type { Artifact as Outside } from '../stacks/outside/artifact';
import type { Artifact } from './plan';

function packed(artifact: Outside): Artifact {
  const { name, version } = artifact;
  if (artifact.layout === 'python') return { name, version, packed: 'pypi' };
  if (!('published' in artifact) || artifact.layout === 'tar.zst') return { name, version, packed: 'mirror-only' };
  return { name, version, url: artifact.url, sha256Url: artifact.published.url, packed: artifact.layout, member: Object.keys(artifact.members)[0] };
}

export const gitea = packed(outside.gitea.value);
export const caddy = packed(outside.caddy.value);
/** Tools every host needs to be backed up and restored. */
export const backupTools: Artifact[] = [outside.litestream.value, outside.rclone.value].map(packed);
/** Debian packages every host needs to be backed up and restored. All at once: two runs of apt take longer than what one of them waits for. */
export const backupPackages = ['age', 'git', 'inotify-tools', 'jq', 'restic', 'socat', 'sqlite3'];
export const strfry = packed(outside.strfry.value);
export const ollama = packed(outside.ollama.value);
export const evennia = packed(outside.evennia.value);
export const actionsRunner = packed(outside.actionsRunner.value);
/** Both only for who switches them on. */
export const conduit = packed(outside.conduit.value);
export const tailscale = packed(outside.tailscale.value);
