# shellcheck shell=bash
# Shipping of git repositories: each accepted push goes to the store as one encrypted entry.
#
# A repository's entries form a chain: `<ms>-base` (refs, HEAD, config and one pack of everything),
# `<ms>-delta` (refs, HEAD, config and a pack of what the previous entry did not have) and
# `<ms>-gone` (deleted or renamed). A restore takes the newest base and the deltas after it;
# the refs are those of the last entry. What was shipped is remembered per incarnation.

SHIP_ROOTS="$FLEET_VAR/ship-roots"
SHIP_QUEUE="$FLEET_VAR/ship-queue"
SHIP_REBASE_AFTER="${SHIP_REBASE_AFTER:-50}"

ship_state() { printf '%s/ship/%s/%s/%s\n' "$FLEET_VAR" "$INCARNATION" "$1" "$2"; }

# ship_find PATH: sets SERVICE, OWNER and KEY of a repository below one of the protected roots.
ship_find() {
  local path="$1" service owner root relative
  [[ -r "$SHIP_ROOTS" ]] || return 1
  while IFS=$'\t' read -r service owner root; do
    relative="${path#"$root"/}"
    if [[ "$relative" != "$path" && "$relative" =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+\.git$ && "$relative" != *..* ]]; then
      # Owner names never hold two underscores in a row, so the first pair is the separator.
      SERVICE="$service" OWNER="$owner" KEY="${relative/\//__}"
      return 0
    fi
  done <"$SHIP_ROOTS"
  return 1
}

# ship_as_owner REPOSITORY DIRECTORY SCRIPT: runs the shell script as the owner, in the directory, on the repository.
ship_as_owner() {
  as_owner "$OWNER" env -C "$2" GIT_DIR="$1" GIT_CONFIG_NOSYSTEM=1 GIT_NO_REPLACE_OBJECTS=1 \
    GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' GIT_CONFIG_KEY_1=pack.threads GIT_CONFIG_VALUE_1=1 sh -euc "$3"
}

# ship_snapshot REPOSITORY DIRECTORY: what the repository looks like now, beside its objects.
# shellcheck disable=SC2016
ship_snapshot() {
  ship_as_owner "$1" "$2" '
    { echo "# pack-refs with: sorted "; git for-each-ref --sort=refname --format="%(objectname) %(refname)"; } >packed-refs
    cp "$GIT_DIR/HEAD" "$GIT_DIR/config" .'
}

# ship_tips FILE: the objects that a packed-refs file names.
ship_tips() { awk '!/^#/ {print $1}' "$1" | sort -u; }

# ship_pack REPOSITORY DIRECTORY PREVIOUS: packs what is new since the packed-refs file PREVIOUS (/dev/null: everything).
# A tip of before may have been pruned since; it can then not be named as known.
# shellcheck disable=SC2016
ship_pack() {
  ship_tips "$2/packed-refs" >"$2/want"
  ship_tips "$3" | ship_as_owner "$1" "$2" '
    git cat-file --batch-check="%(objectname)" | awk "NF == 1" >have
    comm -23 want have >new
    [ -s new ] || exit 0
    { cat new; sed "s/^/^/" have; } | git pack-objects --revs --quiet --non-empty --window=0 --delta-base-offset objects/pack/pack >name'
}

# ship_entry DIRECTORY KIND KEY: encrypts the entry and puts it into the store.
ship_entry() {
  local directory="$1" kind="$2" key="$3"
  # The moment of the entry, so that a restored repository does not look newer than its restore point.
  touch -d "@$((STAMP / 1000))" "$directory"/{packed-refs,HEAD,config}
  tar -C "$directory" -cf - packed-refs HEAD config objects |
    age -e -R "$RECIPIENT" -o "$directory/entry.age"
  put "$directory/entry.age" "$INCARNATION/$SERVICE/repositories/$key/$STAMP-$kind.age"
}

# ship_one REPOSITORY [compact]: ships the repository if it changed since it was last shipped.
# With `compact` a long chain is replaced by a new base. The caller holds the repository's lock.
ship_one() (
  set -euo pipefail
  repository="$1" mode="${2:-}"
  state="$(ship_state "$SERVICE" "$KEY")"
  [[ -d "$state" && -d "$SHIP_QUEUE/$SERVICE" ]] || install -d -m 0700 "$state" "$SHIP_QUEUE/$SERVICE"
  [[ -d "$FLEET_VAR/tmp" ]] || install -d -m 0711 "$FLEET_VAR/tmp"
  directory="$(mktemp -d "$FLEET_VAR/tmp/ship.XXXXXX")"
  trap 'rm -rf "$directory"' EXIT
  install -d -o "$OWNER" -m 0700 "$directory" "$directory/objects" "$directory/objects/pack"

  last=0 kind=base previous=/dev/null
  if [[ -e "$state/last" ]]; then
    last="$(<"$state/last")"
    kind=delta previous="$state/packed-refs"
  fi
  STAMP="$(now_ms)"
  # A clock that was set back must not put a new entry before an old one.
  if ((STAMP <= last)); then STAMP=$((last + 1)); fi
  ship_snapshot "$repository" "$directory"
  if [[ "$kind" == delta && "$mode" == compact ]] && (("$(<"$state/deltas")" >= SHIP_REBASE_AFTER)); then
    kind=base previous=/dev/null
  elif [[ "$kind" == delta ]] && cmp -s "$directory/packed-refs" "$state/packed-refs" &&
    cmp -s "$directory/HEAD" "$state/HEAD" && cmp -s "$directory/config" "$state/config"; then
    rm -f "$SHIP_QUEUE/$SERVICE/$KEY"
    exit 0
  fi
  # In the queue first: if this process dies, or the store is down, the retry finds it there.
  printf '%s\n' "$repository" >"$SHIP_QUEUE/$SERVICE/$KEY"
  ship_pack "$repository" "$directory" "$previous"
  ship_entry "$directory" "$kind" "$KEY"
  deltas=0
  if [[ "$kind" == delta ]]; then deltas=$(($(<"$state/deltas") + 1)); fi
  mv "$directory/packed-refs" "$directory/HEAD" "$directory/config" "$state/"
  printf '%s\n' "$deltas" >"$state/deltas"
  printf '%s\n' "$STAMP" >"$state/last"
  rm -f "$SHIP_QUEUE/$SERVICE/$KEY"
)

# ship_gone: records that the repository KEY of SERVICE is no longer there.
ship_gone() (
  set -euo pipefail
  state="$(ship_state "$SERVICE" "$KEY")"
  install -d -m 0711 "$FLEET_VAR/tmp"
  directory="$(mktemp -d "$FLEET_VAR/tmp/ship.XXXXXX")"
  trap 'rm -rf "$directory"' EXIT
  STAMP="$(now_ms)" last="$(<"$state/last")"
  if ((STAMP <= last)); then STAMP=$((last + 1)); fi
  printf 'gone\n' | age -e -R "$RECIPIENT" -o "$directory/entry.age"
  put "$directory/entry.age" "$INCARNATION/$SERVICE/repositories/$KEY/$STAMP-gone.age"
  rm -rf "$state" "${SHIP_QUEUE:?}/$SERVICE/$KEY"
)

# ship_locked REPOSITORY [compact]: one at a time for each repository; those that waited find nothing left to do.
ship_locked() { with_lock "ship-$SERVICE-$KEY" 120 ship_one "$@"; }
