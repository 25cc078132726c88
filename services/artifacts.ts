/** Programs that Debian does not carry, as services name them, and how the hosts of a stack get them. The facts are in stacks/outside/artifacts.ts. */
import * as outside from '../stacks/outside/artifacts';
import type { Artifact, SourceProgram } from '../stacks/outside/artifact';
import type { Settings } from '../stacks/model/settings';

export const gitea = outside.gitea.value;
export const caddy = outside.caddy.value;
export const strfry = outside.strfry.value;
export const ollama = outside.ollama.value;
export const evennia = outside.evennia.value;
export const actionsRunner = outside.actionsRunner.value;
export const versitygw = outside.versitygw.value;
/** Both only for who switches them on. */
export const conduit = outside.conduit.value;
export const tailscale = outside.tailscale.value;

/** Tools every host needs to be backed up and restored. */
export const backupTools: Artifact[] = [outside.litestream.value, outside.rclone.value];

/** Debian packages every host needs to be backed up and restored. All at once: two runs of apt take longer than what one of them waits for. */
export const backupPackages = ['age', 'git', 'inotify-tools', 'jq', 'restic', 'socat', 'sqlite3'];

/** Debian packages that build and install a program of the Python index without fetching anything that its lock does not name. */
export const pythonPackages = ['python3-pip', 'python3-setuptools', 'python3-wheel'];

/** Folder of the project with the locks of Python programs, which hosts get with the scripts. */
export const LOCKS = 'host/locks';

/** The artifact as hosts of a stack fetch it: through its mirror, held to its own pin where it has one. */
export function fetched(
  artifact: Artifact,
  { artifactMirror, artifactPins }: Pick<Settings, 'artifactMirror' | 'artifactPins'>,
): Artifact {
  const pin = artifactPins[artifact.name];
  const own = pin !== undefined && 'pin' in artifact ? { ...artifact, pin } : artifact;
  if (!artifactMirror) return own;
  const mirror = artifactMirror.replace(/\/$/, '');
  return {
    ...own,
    url:
      artifact.layout === 'tree'
        ? `${mirror}/${artifact.name}-${artifact.version}.tar`
        : artifact.url.replace(/^https:\/\//, `${mirror}/`),
  };
}

/** Whether nobody has said yet what the artifact must be. */
export const isUnpinned = (artifact: Artifact): boolean => 'pin' in artifact && artifact.pin === null;

/** Whether it is built on the host instead of being laid out there. */
export const isSource = (artifact: Artifact): artifact is SourceProgram => artifact.layout === 'source';
