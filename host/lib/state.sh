# shellcheck shell=bash
# What this host knows about its own backups: which services are protected, and how far each part is covered.
# "Covered" is the moment up to which everything acknowledged is in the store.

protected_services() {
  local file
  for file in "$FLEET_VAR"/protected/*.json; do
    [[ -e "$file" ]] && basename "$file" .json
  done
  return 0
}

# files_state SERVICE: path of {snapshot, newest, covered, count, bytes}.
files_state() { printf '%s/state/%s/%s.files.json\n' "$FLEET_VAR" "$INCARNATION" "$1"; }

# is_older FILE MINUTES
is_older() { [[ -z "$(find "$1" -mmin "-$2" 2>/dev/null)" ]]; }

# copy_outdated SERVICE DATABASE OWNER MINUTES: whether the database changed since its copy was begun, so many minutes ago or more.
copy_outdated() {
  local stamp
  stamp="$(copy_stamp "$1")"
  [[ -e "$stamp" ]] || return 0
  is_older "$stamp" "$4" && [[ -n "$(as_owner "$3" find "$2" "$2-wal" -maxdepth 0 -newerct "@$(stat -c %.9Y "$stamp")" 2>/dev/null)" ]]
}

# copy_stamp SERVICE: was written when the copy of its database was begun.
copy_stamp() { printf '%s/state/%s/%s.copy\n' "$FLEET_VAR" "$INCARNATION" "$1"; }

# litestream_metric NAME PATH FOLDER: a number from litestream's metrics of one replica; fails when it does not run.
litestream_metric() {
  local metrics
  metrics="$(curl -fsS --max-time 3 "${FLEET_LITESTREAM_METRICS:-http://127.0.0.1:9187/metrics}" 2>/dev/null)" || return 1
  awk -v name="$1{db=\"$2\",name=\"$3\"}" 'index($0, name) == 1 {printf "%.0f\n", $2; found = 1} END {exit !found}' <<<"$metrics"
}

# shadow_directory PATH: where litestream keeps the copy of the WAL that it ships from.
shadow_directory() { printf '%s/.%s-litestream\n' "$(dirname "$1")" "$(basename "$1")"; }

# database_caught_up PATH OWNER [FOLDER]: the replica ends where the newest piece of litestream's copy of the WAL ends; without a folder one of them.
# (Its metric litestream_shadow_wal_size is the size of all pieces together.)
database_caught_up() {
  local path="$1" shadow newest index size index_there offset_there folder folders=("${@:3}")
  shadow="$(shadow_directory "$path")"
  # shellcheck disable=SC2016 # the inner shell expands
  newest="$(as_owner "$2" timeout 10 sh -euc 'find "$1/generations/$(cat "$1/generation")/wal" -name "*.wal" -printf "%f %s\n"' newest "$shadow" 2>/dev/null | sort | tail -n 1)"
  [[ "$newest" =~ ^([0-9a-f]{8})\.wal\ ([0-9]+)$ ]] || return 1
  index="$((16#${BASH_REMATCH[1]}))" size="${BASH_REMATCH[2]}"
  ((${#folders[@]})) || mapfile -t folders < <(database_folders)
  for folder in "${folders[@]}"; do
    index_there="$(litestream_metric litestream_replica_wal_index "$path" "$folder")" || continue
    offset_there="$(litestream_metric litestream_replica_wal_offset "$path" "$folder")" || continue
    if [[ "$index $size" == "$index_there $offset_there" ]]; then return 0; fi
  done
  return 1
}

# database_newest PATH OWNER: milliseconds of the last change litestream took over; nothing before its first.
database_newest() {
  local generations
  generations="$(shadow_directory "$1")/generations"
  as_owner "$2" test -d "$generations" || return 0
  as_owner "$2" find "$generations" -name '*.wal' -printf '%T@\n' | sort -n | tail -n 1 | awk '{printf "%.0f\n", $1 * 1000}'
}

# repositories_newest SERVICE: milliseconds of the newest shipped entry.
repositories_newest() {
  local state="$FLEET_VAR/ship/$INCARNATION/$1"
  [[ -d "$state" ]] || return 0
  find "$state" -name chain -exec tail -q -n 1 {} + | cut -c 1-13 | sort -n | tail -n 1
}

# repositories_waiting SERVICE: how many wait in the queue or were changed by a push that has not ended, and milliseconds since when: `2<tab>1700000000000`.
repositories_waiting() {
  local queue="$FLEET_VAR/ship-queue/$1" marks="$FLEET_VAR/ship-marks"
  {
    if [[ -d "$queue" ]]; then find "$queue" -type f -printf '%T@\n'; fi
    if [[ -d "$marks" ]]; then find "$marks" -name "$1.*" -printf '%T@\n'; fi
  } | sort -n | awk 'NR == 1 {first = $1} END {if (NR) printf "%d\t%.0f\n", NR, first * 1000; else printf "0\t\n"}'
}

# dataset_bytes: how much room a restore of the plan at hand needs. One call, so that nested paths count once.
dataset_bytes() {
  local owner
  owner="$(plan .dataset.owner)"
  plan '.dataset | .database.path, .repositories.root, .files.paths[]? | select(. != null)' |
    while IFS= read -r path; do if as_owner "$owner" test -e "$path"; then printf '%s\0' "$path"; fi; done |
    { as_owner "$owner" du -sxbc --files0-from=- 2>/dev/null || true; } | # what the owner cannot read fails the backup, not the count
    awk 'END {print $1 + 0}'
}
