#!/usr/bin/env bash
# `npm test`: sets up what is missing, then every layer of tests. What needs root on Linux says so where it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

echo "== types"
node_modules/.bin/tsc --noEmit

if [[ $(uname -s) == Linux && $EUID -eq 0 ]]; then
  echo "== tools and real parts"
  bin/fleet cloud prepare
fi

echo "== tests"
status=0
node_modules/.bin/jest --runInBand --json --outputFile="$results/jest.json" || status=$?

drills_passed=0 drills_failed=0 drills_skipped=0
if [[ $(uname -s) == Linux && $EUID -eq 0 ]]; then
  echo "== drill"
  if bin/fleet drill --size small; then drills_passed=1; else drills_failed=1 status=1; fi
else
  echo "the drill was skipped: it boots real hosts, which needs root on Linux"
  drills_skipped=1
fi

node - "$results/jest.json" "$drills_passed" "$drills_failed" "$drills_skipped" <<'JS'
const [file, passed, failed, skipped] = process.argv.slice(2);
const jest = JSON.parse(require('fs').readFileSync(file, 'utf8'));
const suites = jest.numRuntimeErrorTestSuites;
console.log(`${jest.numPassedTests + +passed} passed, ${jest.numFailedTests + suites + +failed} failed, ${jest.numPendingTests + +skipped} skipped`);
JS
exit "$status"
