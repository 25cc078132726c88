# shellcheck shell=bash
# Shipping of git repositories: each accepted push goes to the store as one encrypted entry.
#
# A repository's entries form a chain: `<ms>-base` (refs, HEAD, config and one pack of everything),
# `<ms>-delta` (refs, HEAD, config and a pack of what the previous entry did not have) and
# `<ms>-gone` (deleted or renamed). A restore takes the newest base and the deltas after it;
# the refs are those of the last entry. What was shipped is remembered per incarnation.
#
# All that looks into a repository runs as its owner. Root gets text and archives out of pipes, which it keeps, encrypts and never unpacks.

SHIP_ROOTS="$FLEET_VAR/ship-roots"
SHIP_QUEUE="$FLEET_VAR/ship-queue"
# Where the hooks note what a push has changed and not shipped yet: an empty file SERVICE.KEY each. Only their names are looked at.
SHIP_MARKS="$FLEET_VAR/ship-marks"
SHIP_REBASE_AFTER="${SHIP_REBASE_AFTER:-50}"
# Seconds that reading and packing a repository may take: there may be a pipe that nobody writes to in the place of a file.
SHIP_READ_SECONDS="${SHIP_READ_SECONDS:-60}"
SHIP_PACK_SECONDS="${SHIP_PACK_SECONDS:-3600}"

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

# ship_snapshot REPOSITORY: what the repository looks like now, beside its objects: its refs as in packed-refs, an empty line, HEAD, config.
# shellcheck disable=SC2016 # the inner shell and awk expand
ship_snapshot() {
  as_owner "$OWNER" GIT_DIR="$1" timeout -k 5 "$SHIP_READ_SECONDS" sh -euc '
    cd "$GIT_DIR"
    echo "# pack-refs with: sorted "
    git for-each-ref --sort=refname --format="%(objectname) %(refname)"
    echo
    head -c 4096 HEAD | sed -n 1p
    head -c 1048576 config' |
    awk '
      part == 0 && NF == 0 {part = 1; print; next}
      part == 0 && !(NR == 1 || /^[0-9a-f]+ refs\/[^ ]+$/) {exit 1}
      part == 1 {if (!/^(ref: refs\/[^ ]+|[0-9a-f]+)$/) exit 1; part = 2}
      {print}
      END {if (part != 2) exit 1}'
}

# ship_refs FILE: the packed-refs of a snapshot.
ship_refs() { sed '/^$/,$d' "$1"; }

# ship_tips FILE: the objects that the refs of a snapshot name.
ship_tips() { ship_refs "$1" | awk '!/^#/ {print $1}' | sort -u; }

# ship_archive REPOSITORY SNAPSHOT PREVIOUS: an archive of what the snapshot tells and a pack of what is new since the snapshot PREVIOUS
# (/dev/null: everything). A tip of before may have been pruned since; it can then not be named as known.
# Its files have the moment of the entry, so that a restored repository does not look newer than its restore point.
# shellcheck disable=SC2016 # the inner shell and awk expand
ship_archive() {
  {
    ship_tips "$3"
    echo
    cat "$2"
  } | as_owner "$OWNER" GIT_DIR="$1" timeout -k 5 "$SHIP_PACK_SECONDS" sh -euc '
    umask 077
    work=$(mktemp -d "$1/ship.XXXXXX")
    trap "rm -rf \"$work\"" EXIT
    cd "$work"
    mkdir -p objects/pack
    for file in known packed-refs config tips; do : >"$file"; done
    awk "
      part == 0 {if (NF) print >\"known\"; else part = 1; next}
      part == 1 {if (NF) {print >\"packed-refs\"; if (!/^#/) print \$1 >\"tips\"} else part = 2; next}
      part == 2 {print >\"HEAD\"; part = 3; next}
      {print >\"config\"}"
    sort -u tips >want
    git cat-file --batch-check="%(objectname)" <known | awk "NF == 1" >have
    comm -23 want have >new
    if [ -s new ]; then
      { cat new; sed "s/^/^/" have; } | git -c pack.threads=1 pack-objects --revs --quiet --non-empty --window=0 --delta-base-offset objects/pack/pack >name
    fi
    tar --mtime="@$2" -cf - packed-refs HEAD config objects' ship "$(owner_scratch "$OWNER")" "$((STAMP / 1000))"
}

# ship_one REPOSITORY [compact]: ships the repository if it changed since it was last shipped.
# With `compact` a long chain is replaced by a new base. The caller holds the repository's lock.
ship_one() (
  set -euo pipefail
  repository="$1" mode="${2:-}"
  state="$(ship_state "$SERVICE" "$KEY")" waiting="$SHIP_QUEUE/$SERVICE/$KEY"
  [[ -d "$state" && -d "$SHIP_QUEUE/$SERVICE" ]] || install -d -m 0700 "$state" "$SHIP_QUEUE/$SERVICE"
  [[ -d "$FLEET_VAR/tmp" ]] || install -d -m 0711 "$FLEET_VAR/tmp"
  directory="$(mktemp -d "$FLEET_VAR/tmp/ship.XXXXXX")"
  trap 'rm -rf "$directory"' EXIT
  # In the queue first: if this process dies, or the store is down, the retry finds it there. What is marked from here on is newer.
  [[ -e "$waiting" ]] || printf '%s\n' "$repository" >"$waiting"
  [[ ! -e "$SHIP_MARKS/$SERVICE.$KEY" ]] || rm -f "$SHIP_MARKS/$SERVICE.$KEY"

  last=0 kind=base previous=/dev/null
  if [[ -e "$state/last" ]]; then last="$(<"$state/last")"; fi
  if [[ -e "$state/snapshot" ]]; then kind=delta previous="$state/snapshot"; fi
  STAMP="$(now_ms)"
  # A clock that was set back must not put a new entry before an old one.
  if ((STAMP <= last)); then STAMP=$((last + 1)); fi
  ship_snapshot "$repository" >"$directory/snapshot" || fail 1 "$repository cannot be read as its owner within $SHIP_READ_SECONDS s; look at it with git fsck"
  if [[ "$kind" == delta && "$mode" == compact ]] && (("$(<"$state/deltas")" >= SHIP_REBASE_AFTER)); then
    kind=base previous=/dev/null
  elif [[ "$kind" == delta ]] && cmp -s "$directory/snapshot" "$state/snapshot"; then
    rm -f "$waiting"
    exit 0
  fi
  ship_archive "$repository" "$directory/snapshot" "$previous" | age -e -R "$RECIPIENT" -o "$directory/entry.age"
  put "$directory/entry.age" "$INCARNATION/$SERVICE/repositories/$KEY/$STAMP-$kind.age"
  deltas=0
  if [[ "$kind" == delta ]]; then deltas=$(($(<"$state/deltas") + 1)); fi
  mv "$directory/snapshot" "$state/"
  printf '%s\n' "$deltas" >"$state/deltas"
  printf '%s\n' "$STAMP" >"$state/last"
  rm -f "$waiting"
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
