# shellcheck shell=bash
# Sourced. Puts a Node.js that runs the program first on PATH: the machine's own where it is new enough, else the one that .node/package.json
# pins, fetched from npm once.

node_project=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
node_needed=$(sed -n 's/^ *"node": ">=\(.*\)"$/\1/p' "$node_project/package.json")
node_fetched=$node_project/.node/node_modules/.bin

# Whether this node runs the program.
runs_program() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  printf '%s\n' "$node_needed" "${version#v}" | sort --version-sort --check=quiet
}

fetch_node() {
  local lock log
  if ! command -v npm >/dev/null; then
    echo "fleet needs Node.js $node_needed or newer with npm; install it and run the command again." >&2
    return 1
  fi
  exec {lock}<"$node_project/.node/package-lock.json"
  flock "$lock"
  # Another run may have fetched it while this one waited for the lock.
  if ! runs_program "$node_fetched/node"; then
    echo "fleet needs Node.js $node_needed or newer, and this machine has $(node --version 2>/dev/null || echo none): fetching one from npm into .node (once) …" >&2
    log=$(mktemp)
    if ! (cd "$node_project/.node" && npm ci --no-audit --no-fund --loglevel=error) >"$log" 2>&1 || ! runs_program "$node_fetched/node"; then
      cat "$log" >&2
      rm -f "$log"
      echo "npm gave no Node.js for this machine; install Node.js $node_needed or newer and run the command again." >&2
      return 1
    fi
    rm -f "$log"
  fi
  exec {lock}<&-
}

if ! runs_program node; then
  runs_program "$node_fetched/node" || fetch_node || exit 1
  export PATH="$node_fetched:$PATH"
fi
