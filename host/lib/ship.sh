# shellcheck shell=bash
# Shipping of git repositories: each accepted push goes to the store as one encrypted entry, `<ms>-<kind>-<MD5 of what is stored>.age`.
#
# A repository's entries form a chain: `base` (refs, HEAD, config and one pack of everything), `delta` (refs, HEAD, config and a pack of what the
# entries before did not have) and `gone` (deleted or renamed). Later, several entries are merged into one base or delta with a pack only. A restore
# takes every entry after the newest `gone`: packs add up, the refs are those of the last entry that has any.
#
# $FLEET_VAR/ship/<incarnation>/<service>/<key> remembers of each repository `chain` (lib/chain.awk), whose last line is the newest entry, and in
# `refs` what the repository looked like after each entry that counts. `next` and `merged` hold an entry from before it is put until it is in the
# chain: a run that was killed in between is continued, so the store never holds an entry that nobody knows.
#
# All that looks into a repository runs as its owner. Root gets text and archives out of pipes, which it keeps, encrypts and never unpacks.

SHIP_ROOTS="$FLEET_VAR/ship-roots"
SHIP_QUEUE="$FLEET_VAR/ship-queue"
# Where the hooks note what a push has changed and not shipped yet: an empty file SERVICE.KEY each. Only their names are looked at.
SHIP_MARKS="$FLEET_VAR/ship-marks"
# Entries that are not worth a merge.
SHIP_TAIL="${SHIP_TAIL:-6}"
# Seconds until an entry that was superseded is hidden: whoever has just listed the store still finds it.
SHIP_HIDE_AFTER="${SHIP_HIDE_AFTER:-600}"
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

# ship_archive REPOSITORY SNAPSHOT PREVIOUS [MEMBERS]: an archive of what the snapshot tells (MEMBERS: all of it, some or nothing) and a pack of what
# is new since the snapshot PREVIOUS (/dev/null: everything). A tip of before may have been pruned since; it can then not be named as known.
# Its files have the moment of the entry, so that a restored repository does not look newer than its restore point.
# shellcheck disable=SC2016 # the inner shell and awk expand
ship_archive() {
  {
    ship_tips "$3"
    echo
    cat "$2"
  } | as_owner "$OWNER" GIT_DIR="$1" timeout -k 5 "$SHIP_PACK_SECONDS" sh -euc '
    umask 077
    work=$1 moment=$2 members=$3
    rm -rf "$work"
    mkdir "$work"
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
    set -- objects/pack/*
    [ -e "$1" ] || shift
    # Nothing is added to fill a large last block.
    tar --mtime="@$moment" --no-recursion -b 1 -cf - $members objects "$@"' ship "$(owner_scratch "$OWNER")/ship.$SERVICE.$KEY.$FOLDER" "$((STAMP / 1000))" "${4-packed-refs HEAD config}"
}

# ship_load FOLDER: sets NEWEST, the newest entry of the repository, STAMP, which names the next one, and WORK, an empty folder to make it in.
ship_load() {
  local entry
  FOLDER="$1" WORK="$STATE/$1.work" NEWEST="" STAMP="$(now_ms)"
  if [[ -e "$STATE/chain" ]]; then
    while IFS=$'\t' read -r entry _; do
      NEWEST="$entry"
      # A clock that was set back must not put a new entry before an old one.
      if ((STAMP <= ${entry%%-*})); then STAMP=$((${entry%%-*} + 1)); fi
    done <"$STATE/chain"
  fi
  rm -rf "$WORK"
  mkdir -p "$STATE/refs" "$WORK"
  : >"$WORK/superseded"
}

# ship_encrypt: standard input as the entry in WORK.
ship_encrypt() { age -e -R "$RECIPIENT" -o "$WORK/entry"; }

# ship_live: the entries of the chain that count.
ship_live() { if [[ -n "$NEWEST" ]]; then awk -F '\t' '$3 == "-" {print $1}' "$STATE/chain"; fi; }

# ship_seal KIND: what is in WORK (entry, refs, superseded) is whole, and goes to the store whatever happens from here on.
ship_seal() {
  printf '%s-%s-%s.age\n' "$STAMP" "$1" "$(md5_of "$WORK/entry")" >"$WORK/name"
  mv "$WORK" "$STATE/$FOLDER"
}

# ship_settle FOLDER [LOCKED…]: puts what waits in the folder into the store and into the chain; the latter under the repository's lock.
ship_settle() {
  local folder="$STATE/$1" name md5
  [[ -d "$folder" ]] || return 0
  # Without its name it is in the chain, and on its way out.
  if [[ -e "$folder/name" ]]; then
    name="$(<"$folder/name")" md5="${name##*-}"
    if ! grep -qsF "$name" "$STATE/chain"; then
      put "$folder/entry" "$INCARNATION/$SERVICE/repositories/$KEY/$name" "${md5%.age}"
      "${@:2}" ship_note "$folder" "$name"
    fi
    if [[ -s "$folder/superseded" ]]; then (cd "$STATE/refs" && xargs -r rm -f -- <"$folder/superseded"); fi
    rm -f "$folder/name"
  fi
  rm -rf "$folder"
}

# ship_note FOLDER NAME: the entry takes its place in the chain: that of those that it supersedes, or the last.
ship_note() {
  cp "$1/refs" "$STATE/refs/$2"
  touch "$STATE/chain"
  awk -F '\t' -v OFS='\t' -v name="$2" -v bytes="$(stat -c %s "$1/entry")" -v now="$EPOCHSECONDS" '
    function place() {if (!placed++) live = live name OFS bytes OFS "-\n"}
    FILENAME == ARGV[1] {superseded[$1]; next}
    $3 != "-" {print; next}
    $1 in superseded {print $1, $2, now; place(); next}
    {live = live $0 "\n"}
    END {place(); printf "%s", live}' "$1/superseded" "$STATE/chain" >"$STATE/chain.new"
  mv "$STATE/chain.new" "$STATE/chain"
}

# ship_one REPOSITORY: ships the repository if it changed since it was last shipped. The caller holds the repository's lock.
ship_one() (
  set -euo pipefail
  repository="$1" kind=delta
  STATE="$(ship_state "$SERVICE" "$KEY")" waiting="$SHIP_QUEUE/$SERVICE/$KEY"
  [[ -d "$STATE" && -d "$SHIP_QUEUE/$SERVICE" ]] || install -d -m 0700 "$STATE" "$SHIP_QUEUE/$SERVICE"
  # In the queue first: if this process dies, or the store is down, the retry finds it there. What is marked from here on is newer.
  [[ -e "$waiting" ]] || printf '%s\n' "$repository" >"$waiting"
  [[ ! -e "$SHIP_MARKS/$SERVICE.$KEY" ]] || rm -f "$SHIP_MARKS/$SERVICE.$KEY"

  ship_settle next
  ship_load next
  previous="$STATE/refs/$NEWEST"
  if [[ -z "$NEWEST" || "$NEWEST" == *-gone-* ]]; then
    kind=base previous=/dev/null
    ship_live >"$WORK/superseded"
  fi
  ship_snapshot "$repository" >"$WORK/refs" || fail 1 "$repository cannot be read as its owner within $SHIP_READ_SECONDS s; look at it with git fsck"
  if ! cmp -s "$WORK/refs" "$previous"; then
    ship_archive "$repository" "$WORK/refs" "$previous" | ship_encrypt
    ship_seal "$kind"
    ship_settle next
  fi
  rm -f "$waiting"
)

# ship_merge REPOSITORY: one entry takes the place of those that lib/chain.awk names. It may come into the store after a push that was shipped
# meanwhile: it has no refs, and the newest entry, which has, is never one of those. So no push waits for it. The caller holds the merges' lock.
ship_merge() (
  set -euo pipefail
  STATE="$(ship_state "$SERVICE" "$KEY")" kind=delta
  locked=(with_lock "ship-$SERVICE-$KEY" 120)
  ship_settle merged "${locked[@]}"
  [[ -e "$STATE/chain" ]] || exit 0
  found="$(ship_said merge <<<"$STATE/chain")"
  [[ -n "$found" ]] || exit 0
  ship_load merged
  IFS=$'\t' read -r _ before entries <<<"$found"
  tr '\t' '\n' <<<"$entries" >"$WORK/superseded"
  previous="$STATE/refs/$before"
  if [[ "$before" == - ]]; then kind=base previous=/dev/null; fi
  cp "$STATE/refs/$NEWEST" "$WORK/refs"
  ship_archive "$1" "$WORK/refs" "$previous" "" | ship_encrypt
  ship_seal "$kind"
  ship_settle merged "${locked[@]}"
)

# ship_gone: records that the repository KEY of SERVICE is no longer there. The caller holds both locks.
ship_gone() (
  set -euo pipefail
  STATE="$(ship_state "$SERVICE" "$KEY")"
  ship_settle merged
  ship_settle next
  ship_load next
  if [[ -z "$NEWEST" ]]; then
    rm -rf "$STATE" # nothing of it was ever shipped
  elif [[ "$NEWEST" != *-gone-* ]]; then
    ship_live >"$WORK/superseded"
    : >"$WORK/refs"
    printf 'gone\n' | ship_encrypt
    ship_seal gone
    ship_settle next
  fi
  rm -f "${SHIP_QUEUE:?}/$SERVICE/$KEY"
)

# ship_said WHAT: the lines of that kind that lib/chain.awk prints of the chains on standard input, one a line.
ship_said() {
  xargs -r -d '\n' awk -v tail="$SHIP_TAIL" -v due="$((EPOCHSECONDS - SHIP_HIDE_AFTER))" -f "$FLEET_LIB/lib/chain.awk" | awk -v what="$1" '$1 == what' | cut -f 2-
}

# ship_chains SERVICE WHAT: the same of all repositories of a service.
ship_chains() {
  local states
  states="$(ship_state "$1" "")"
  [[ ! -d "$states" ]] || find "$states" -mindepth 2 -maxdepth 2 -name chain | ship_said "$2"
}

# ship_hide: hides the entries of SERVICE that were superseded long enough ago, and forgets them. What the store does not hide is tried again.
ship_hide() (
  set -euo pipefail
  list="$(ship_state "$SERVICE" due)"
  mkdir -p "${list%/*}"
  ship_chains "$SERVICE" hide | sort >"$list"
  tr '\t' / <"$list" | sed "s,^,$INCARNATION/$SERVICE/repositories/," | hide
  mapfile -t keys < <(cut -f 1 "$list" | uniq)
  for key in "${keys[@]}"; do with_lock "ship-$SERVICE-$key" 120 ship_forget "$key" "$list"; done
)

# ship_forget KEY LIST: takes what is hidden out of the chain.
ship_forget() {
  local state
  state="$(ship_state "$SERVICE" "$1")"
  awk -F '\t' -v key="$1" 'FILENAME == ARGV[1] {if ($1 == key) hidden[$2]; next} !($1 in hidden)' "$2" "$state/chain" >"$state/chain.new"
  mv "$state/chain.new" "$state/chain"
  if [[ ! -s "$state/chain" && ! -d "$state/next" ]]; then rm -rf "$state"; fi
}

# ship_locked REPOSITORY: one at a time for each repository; those that waited find nothing left to do.
ship_locked() { with_lock "ship-$SERVICE-$KEY" 120 ship_one "$@"; }
