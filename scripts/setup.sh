#!/usr/bin/env bash
# Installs the npm packages when they are missing or older than the lockfile. Quiet and quick when there is nothing to do.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
stamp=$root/node_modules/.package-lock.json

if [[ -f $stamp && ! $root/package-lock.json -nt $stamp ]]; then
  exit 0
fi

# shellcheck source=scripts/node.sh
source "$root/scripts/node.sh"

exec {lock}<"$root/package-lock.json"
flock "$lock"
# Another run may have installed while this one waited for the lock.
if [[ -f $stamp && ! $root/package-lock.json -nt $stamp ]]; then
  exit 0
fi

echo 'Installing npm packages (about a minute, once) …' >&2
log=$(mktemp)
if ! (cd "$root" && npm ci --no-audit --no-fund --loglevel=error) >"$log" 2>&1; then
  cat "$log" >&2
  rm -f "$log"
  echo 'npm ci failed; its output is above.' >&2
  exit 1
fi
rm -f "$log"
# npm keeps the time of an unchanged file, so that the next start would install again.
touch "$stamp"
