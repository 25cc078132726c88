/** What stands in for strfry's source: its build makes one file that serves the same with a relay from the Python index. */
import { artifactName } from './artifact';

/** Folder of the cache. */
export const STRFRY = artifactName('strfry', '1.1.3');

/** Files of its repository, but for the payload. The build has strfry's own targets. */
export const standIn = (relay: string): Record<string, string> => ({
  Makefile:
    'strfry: strfry.sh payload.tar.gz\n\tcat strfry.sh payload.tar.gz >$@\n\tchmod 0755 $@\n\nsetup-golpe:\n\t$(CXX) --version\n\n.PHONY: setup-golpe\n',
  'README.md': `Stands in for strfry: nostr-relay ${relay} with strfry's command line and settings.\n`,
  'strfry.sh': PROGRAM,
});

/** Reads the few settings of strfry's configuration that the fleet sets. What it runs on lies behind its last line. */
const PROGRAM = `#!/usr/bin/env bash
set -euo pipefail
configuration="\${1#--config=}"
[[ "\${2:-}" == relay ]] || { echo "usage: strfry --config=FILE relay" >&2; exit 2; }
setting() { sed -n "s/^ *$1 = \\"\\{0,1\\}\\([^\\"]*\\)\\"\\{0,1\\}$/\\1/p" "$configuration" | head -n 1; }
database="$(setting db)"
library="\${database%/}/.stand-in"
if [[ ! -e "$library/complete" ]]; then
  rm -rf "$library"
  mkdir "$library"
  sed '1,/^exit # payload$/d' "$0" | tar -C "$library" -xzf -
  touch "$library/complete"
fi
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
export PYTHONPATH="$library" PYTHONDONTWRITEBYTECODE=1
exec python3 "$library/bin/nostr-relay" -c "$database/relay.yaml" serve
exit # payload
`;
