#!/usr/bin/env bash
# `npm test`: sets up what is missing, then every layer of tests. What needs root on Linux says so where it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck source=scripts/node.sh
source scripts/node.sh
scripts/setup.sh
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

can_boot_hosts=false
[[ $(uname -s) == Linux && $EUID -eq 0 ]] && can_boot_hosts=true

# Programs that the tests and the lint run for real, each with the Debian package that brings it where the names differ.
tools=(age curl git inotifywait:inotify-tools jq restic rsync shellcheck shfmt socat sqlite3)
missing=()
for tool in "${tools[@]}"; do command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}"); done
if ((${#missing[@]})); then
  if ! $can_boot_hosts; then
    echo "install these first: ${missing[*]}" >&2
    exit 1
  fi
  echo "== installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

echo "== types"
npm run --silent typecheck
# Beside the tests, of which many wait for programs.
scripts/lint.sh >"$results/lint" 2>&1 &
lint=$!

if $can_boot_hosts; then
  echo "== the cloud's parts (built once on a machine)"
  # Before the tests, of which several at a time would wait for them.
  bin/fleet cloud prepare
fi

echo "== tests"
status=0
node_modules/.bin/jest --maxWorkers=2 --json --outputFile="$results/jest.json" || status=$?
echo "== format, lint"
wait "$lint" || status=1
cat "$results/lint"

passed=0 failed=0 skipped=0
# count TITLE COMMAND...: runs it and counts how it ended; 75 and 77 say that nothing could be found out here.
count() {
  local title="$1" code=0
  shift
  echo "== $title"
  "$@" || code=$?
  case "$code" in
    0) passed=$((passed + 1)) ;;
    75 | 77) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) status=1 ;;
  esac
  return "$code"
}

if $can_boot_hosts; then
  # With the preview in between: tests do not judge times.
  if count 'drill: a small forge, killed and rebuilt' bin/fleet drill --size small --engine embedded --check-preview; then
    count 'its updates against those of the official engine' node --import tsx test/engine/parity/drill.ts drills/latest || true # counted
  fi
  # The rest of the letter is for the nightly lane.
  count 'letter: the commands of README from an empty home to the settings of a stack' \
    bin/fleet letter --stack drill --until init || true # counted
else
  skipped=3
  echo "== the drill and the letter boot real hosts and need root on Linux: skipped"
fi

node - "$results/jest.json" "$passed" "$failed" "$skipped" <<'JS'
const [file, passed, failed, skipped] = process.argv.slice(2);
const jest = JSON.parse(require('fs').readFileSync(file, 'utf8'));
const suites = jest.numRuntimeErrorTestSuites;
console.log(`${jest.numPassedTests + +passed} passed, ${jest.numFailedTests + suites + +failed} failed, ${jest.numPendingTests + +skipped} skipped`);
JS
exit "$status"
