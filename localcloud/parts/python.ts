/** Programs from the Python index, with their dependencies, as one tree below /usr/local/share: a host then needs no index. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import { artifactName, packArtifact } from './artifact';
import type { Part } from './part';

const EVENNIA = '5.0.1';
const STRFRY = '1.1.3';
const NOSTR_RELAY = '1.14';
const TIMEOUT_MS = 30 * 60_000;

async function install(requirement: string, target: string): Promise<void> {
  await run('nice', ['python3', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-compile', '--only-binary=:all:', '--target', target, requirement], { timeoutMs: TIMEOUT_MS });
  // Programs name the Python they were installed with, which is this machine's.
  await run('find', [join(target, 'bin'), '-type', 'f', '-exec', 'sed', '-i', '1s|^#!.*python.*|#!/usr/bin/python3|', '{}', '+']);
}

export function evennia(paths: Paths): Part {
  return {
    title: `Fetching Evennia ${EVENNIA} and what it needs`,
    target: join(paths.artifacts, artifactName('evennia', EVENNIA)),
    make: async (work) => {
      await install(`evennia==${EVENNIA}`, join(work, 'tree/share/evennia'));
      return packArtifact(work, join(work, 'tree'), 'evennia', EVENNIA);
    },
  };
}

/** Reads the few settings of strfry's configuration that the fleet sets, and serves the same with a relay from the Python index. */
const STAND_IN = `#!/usr/bin/env bash
# Stands in for strfry, which nobody publishes a binary of: nostr-relay ${NOSTR_RELAY} with strfry's command line and settings.
set -euo pipefail
configuration="\${1#--config=}"
[[ "\${2:-}" == relay ]] || { echo "usage: strfry --config=FILE relay" >&2; exit 2; }
setting() { sed -n "s/^ *$1 = \\"\\{0,1\\}\\([^\\"]*\\)\\"\\{0,1\\}$/\\1/p" "$configuration" | head -n 1; }
database="$(setting db)"
cat >"$database/relay.yaml" <<SETTINGS
relay_name: stand-in for strfry
storage:
  sqlalchemy.url: sqlite+aiosqlite:///\${database%/}/events.sqlite3
  validators: [nostr_relay.validators.is_signed]
gunicorn:
  bind: $(setting bind):$(setting port)
  workers: 1
authentication:
  enabled: false
message_timeout: 86400
subscription_limit: 32
SETTINGS
export PYTHONPATH=/usr/local/share/strfry-stand-in PYTHONDONTWRITEBYTECODE=1
exec python3 /usr/local/share/strfry-stand-in/bin/nostr-relay -c "$database/relay.yaml" serve
`;

export function strfryStandIn(paths: Paths): Part {
  return {
    title: `Fetching nostr-relay ${NOSTR_RELAY}, which stands in for strfry`,
    target: join(paths.artifacts, artifactName('strfry', STRFRY)),
    make: async (work) => {
      const tree = join(work, 'tree');
      await install(`nostr-relay==${NOSTR_RELAY}`, join(tree, 'share/strfry-stand-in'));
      mkdirSync(join(tree, 'bin'), { recursive: true });
      writeFileSync(join(tree, 'bin/strfry'), STAND_IN);
      chmodSync(join(tree, 'bin/strfry'), 0o755);
      return packArtifact(work, tree, 'strfry', STRFRY);
    },
  };
}
