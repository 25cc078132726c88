# shellcheck shell=bash
# Reading the first backups back: a backup that was never read is a hope.
# shellcheck source=ship.sh
. "$FLEET_LIB/lib/ship.sh"

create_restic_store() {
  local errors
  errors="$(restic_store "$INCARNATION" "$1" init 2>&1 >/dev/null)" ||
    [[ "$errors" == *"already exists"* || "$errors" == *"already initialized"* ]] ||
    fail 1 "the restic repository of $1 could not be created: $(tail -n 1 <<<"$errors")"
  mkdir -p "$(dirname "$(files_state "$1")")"
  : >"$(files_state "$1").repository"
}

# wait_for_database: until the first snapshot of the database of the plan at hand is in the store.
wait_for_database() {
  local path
  path="$(plan '.dataset.database.path // empty')"
  [[ -n "$path" ]] || return 0
  poll 60 database_caught_up "$path" "$(plan .dataset.owner)" || fail 1 "litestream did not ship $path within 60 s; see journalctl -u fleet-litestream"
}

# Twice: what litestream shipped, and the copy in the snapshot.
read_back_database() {
  local path snapshot
  path="$(plan .dataset.database.path)"
  rm -f "$WORK/database"
  with_store litestream restore -config "$FLEET_ETC/litestream.yml" -no-expand-env -o "$WORK/database" "$path" >"$WORK/litestream.log" 2>&1 ||
    {
      tail -n 3 "$WORK/litestream.log" >&2
      fail 1 "the database of $1 cannot be read back from the store"
    }
  opens_like "$path" "$1" <"$WORK/database"
  rm -f "$WORK/database"
  snapshot="$(jq -r .snapshot "$(files_state "$1")")"
  restic_store "$INCARNATION" "$1" dump --no-lock "$snapshot" "/$DATABASE_COPY" | opens_like "$path" "$1" earlier ||
    fail 1 "the copy of the database of $1 in snapshot ${snapshot:0:8} cannot be read back from the store"
}

# opens_like DATABASE SERVICE [earlier]: fails unless what is on standard input is a whole database with the schema of this one, or, as of an earlier
# moment, with any schema at all: the service may have changed it since. It is opened as the owner, because it holds what a user of the service has
# put there.
opens_like() {
  local owner copy answer came lives
  owner="$(plan .dataset.owner)"
  copy="$(owner_scratch "$owner")/readback-$2"
  # shellcheck disable=SC2016 # the inner shell expands
  as_owner "$owner" sh -euc 'cat >"$1"' copy "$copy"
  answer="$(as_owner "$owner" sqlite3 -bail "$copy" 'PRAGMA integrity_check;')"
  [[ "$answer" == ok ]] || fail 1 "the database of $2 that came back from the store fails its integrity check: ${answer%%$'\n'*}"
  came="$(as_owner "$owner" sqlite3 "$copy" "$SCHEMA")"
  lives="$(as_owner "$owner" sqlite3 -readonly -cmd '.timeout 5000' "$1" "$SCHEMA")"
  [[ "$came" == "$lives" || (-n "${3:-}" && "$came" != "0|") ]] ||
    fail 1 "the database of $2 that came back from the store has another schema than the live one"
  as_owner "$owner" rm -f "$copy" "$copy-wal" "$copy-shm"
}

SCHEMA='SELECT count(*), group_concat(name) FROM (SELECT name FROM sqlite_schema ORDER BY name);'

# list_shipped SERVICE KEY STATE: sets ENTRIES, and writes to $WORK/refs what they amount to. Under the repository's lock, because pushes go on.
list_shipped() {
  ship_refs "$3/$2/refs/$(tail -n 1 "$3/$2/chain" | cut -f 1)" >"$WORK/refs"
  ENTRIES="$(list "$INCARNATION/$1/repositories/$2" | jq -r --arg key "$2" \
    '[.[].Path] | sort | (map(contains("-gone-")) | rindex(true) // -1) as $gone | [$key] + (.[$gone + 1:] | map($key + "/" + .)) | @tsv')"
}

# One repository: the newest of those just shipped, unpacked as a restore would and compared ref by ref.
read_back_repositories() {
  local service="$1" key owner state ENTRIES staged back
  state="$FLEET_VAR/ship/$INCARNATION/$service"
  key="$(ship_chains "$service" newest | sort -k 2 | tail -n 1 | cut -f 1)"
  [[ -n "$key" ]] || return 0 # a forge without repositories
  owner="$(plan .dataset.owner)"
  with_lock "ship-$service-$key" 120 list_shipped "$service" "$key" "$state"
  staged="$(owner_scratch "$owner")/readback-$service" back="${key%%__*}/${key#*__}"
  as_owner "$owner" rm -rf "$staged"
  rclone_store copy "$(store "$INCARNATION/$service/repositories/$key")" "$WORK/entries/$key"
  "$FLEET_LIB/restore-repository" "$staged" "$WORK/entries" "$owner" "$ENTRIES"
  as_owner "$owner" cat "$staged/$back/packed-refs" | cmp -s - "$WORK/refs" ||
    fail 1 "repository $key of $service came back from the store with other refs than were shipped"
  as_owner "$owner" git --git-dir="$staged/$back" fsck --connectivity-only >/dev/null 2>&1 ||
    fail 1 "repository $key of $service that came back from the store is not whole (git fsck)"
  as_owner "$owner" rm -rf "$staged"
  rm -rf "$WORK/entries"
}

# One file: compared with the live one, unless that changed since.
read_back_files() {
  local service="$1" snapshot file owner stamp
  snapshot="$(jq -r .snapshot "$(files_state "$service")")"
  file="$(restic_store "$INCARNATION" "$service" ls --no-lock --json "$snapshot" | jq -rs --arg copy "/$DATABASE_COPY" 'map(select(.type == "file" and .size > 0 and .path != $copy)) | .[0].path // empty')"
  [[ -n "$file" ]] || return 0 # an empty start
  restic_store "$INCARNATION" "$service" dump --no-lock "$snapshot" "$file" >"$WORK/file" ||
    fail 1 "$file of $service cannot be read back from the store"
  owner="$(plan .dataset.owner)" stamp="$(files_state "$service").stamp"
  as_owner "$owner" cmp -s - "$file" <"$WORK/file" || [[ -n "$(as_owner "$owner" find "$file" -newermt "@$(stat -c %.9Y "$stamp")")" ]] ||
    fail 1 "$file of $service came back from the store with other content than the live file"
}
