#!/usr/bin/env bash
# `npm run test:fast`: types, and every test that needs neither root nor network nor the programs of the hosts.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck source=scripts/node.sh
source scripts/node.sh
scripts/setup.sh
# The sandbox runs the hosts' programs with their real tools (properties/support.ts is on it too), the embedded cloud boots hosts; an
# installation asks the registry of packages.
mapfile -t fast < <(grep -rLE "scripts/sandbox/|/support'|startCloud" --include='*.test.ts' --exclude-dir=install test | sort)
echo "== types, and ${#fast[@]} of the files of tests"
npm run --silent typecheck &
status=0
node_modules/.bin/jest --maxWorkers=2 "${fast[@]}" || status=1
wait $! || status=1
exit "$status"
