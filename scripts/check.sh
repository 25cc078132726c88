#!/usr/bin/env bash
# `npm run check`: in minutes and without root, what can be said without hosts: types, and every test that runs none of the hosts' programs.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck source=scripts/node.sh
source scripts/node.sh
scripts/setup.sh
echo "== types, format, lint"
node_modules/.bin/tsc --noEmit
scripts/lint.sh

# The sandbox runs the scripts of the hosts with their real tools (properties/support.ts is on it too), and the embedded cloud boots hosts.
mapfile -t quick < <(grep -rLE "scripts/sandbox/|/support'|startCloud" --include='*.test.ts' test | sort)
echo "== ${#quick[@]} of the files of tests"
node_modules/.bin/jest --maxWorkers=2 "${quick[@]}"
