# shellcheck shell=bash
# Restoring each part of a dataset: first beside its target (stage), then into place (place).
# Staging can be killed at any moment and continues when run again. POINTS is the file with the chosen points.

point() { jq -r "$1" "$POINTS"; }

stage_database() {
  local incarnation path staged generation at
  incarnation="$(point .incarnation)"
  path="$(plan .dataset.database.path)" staged="$path.fleet-restore"
  generation="$(point .parts.database.generation)" at="$(point .parts.database.at)"
  mkdir -p "$(dirname "$path")"
  rm -f "$staged" "$staged".* "$staged"-*
  litestream_replica "$incarnation" "$SERVICE" | jq --arg path "$path" '{dbs: [{path: $path, replicas: [.]}]}' | write_file "$WORK/litestream.yml" 0600
  # The moment is that of the newest segment, so a generation that ended before the wanted moment is found too.
  litestream restore -config "$WORK/litestream.yml" -no-expand-env -generation "$generation" -timestamp "$at" -o "$staged" "$path" >"$WORK/litestream.log" 2>&1 ||
    { tail -n 3 "$WORK/litestream.log" >&2; fail 1 "the database of $SERVICE could not be restored from $incarnation at $at; try an earlier moment with --at"; }
  rm -f "$staged".tmp*
  chown "$(plan .dataset.owner):" "$staged"
  chmod 0640 "$staged"
  check_database "$staged" || fail 1 "the database of $SERVICE from $incarnation at $at fails its integrity check; try an earlier moment with --at"
  touch -d "$at" "$staged"
}

# check_database FILE: as the owner, so that no root-owned -wal or -shm is left beside it.
check_database() {
  local answer
  answer="$(as_owner "$(plan .dataset.owner)" sqlite3 -bail -cmd '.timeout 5000' "$1" 'PRAGMA integrity_check;' 2>&1)" || true
  [[ "$answer" == ok ]] || { log "integrity_check of $1: ${answer%%$'\n'*}"; return 1; }
}

place_database() {
  local path suffix
  path="$(plan .dataset.database.path)"
  # A stale -wal would be replayed into the restored database; litestream's memory belongs to the old one.
  for suffix in -wal -shm; do
    if [[ -e "$path$suffix" ]]; then mv "$path$suffix" "$path.fleet-replaced-$REPLACED$suffix"; fi
  done
  rm -rf "$(dirname "$path")/.$(basename "$path")-litestream"
  swap "$path.fleet-restore" "$path"
}

stage_repositories() {
  local root staged owner
  root="$(plan .dataset.repositories.root)" staged="$(plan .dataset.repositories.root).fleet-restore" owner="$(plan .dataset.owner)"
  install -d -m 0700 "$staged.entries"
  install -d -o "$owner" -g "$(id -gn "$owner")" -m 0750 "$staged"
  point '.parts.repositories.repositories[].entries[]' >"$WORK/entries"
  # Already downloaded ones are recognised by size; their names are unique for ever.
  rclone_store copy --files-from-raw "$WORK/entries" --no-traverse --size-only --transfers 16 --checkers 16 \
    "$(store "$(point .incarnation)/$SERVICE/repositories")" "$staged.entries"
  point '.parts.repositories.repositories[] | [.key] + .entries | @tsv' |
    xargs -r -d '\n' -n 4 -P "$(nproc)" "$FLEET_LIB/restore-repository" "$staged" "$owner" ||
    fail 1 "not all repositories of $SERVICE could be unpacked; see above. Run the restore again, or try an earlier moment with --at"
}

place_repositories() {
  local root
  root="$(plan .dataset.repositories.root)"
  swap "$root.fleet-restore" "$root"
  like_plan "$root"
  rm -rf "$root.fleet-restore.entries"
}

stage_files() {
  local incarnation snapshot staged="$FLEET_VAR/restore/$SERVICE/files" planned
  incarnation="$(point .incarnation)" snapshot="$(point .parts.files.snapshot)"
  # restic overwrites what an interrupted run left.
  install -d -m 0700 "$staged"
  mapfile -t planned < <(plan '.files[] | "--exclude=" + .path')
  restic_store "$incarnation" "$SERVICE" restore --no-lock "${planned[@]}" --target "$staged" "$snapshot" >"$WORK/restic.log" 2>&1 ||
    { tail -n 3 "$WORK/restic.log" >&2; fail 1 "the files of $SERVICE could not be restored from snapshot ${snapshot:0:8} of $incarnation; try an earlier moment with --at"; }
}

# kept PATH / kept_below PATH: whether PATH, or something below it, is in KEPT.
kept() {
  local path
  for path in "${KEPT[@]}"; do [[ "$path" != "$1" ]] || return 0; done
  return 1
}
kept_below() {
  local path
  for path in "${KEPT[@]}"; do [[ "$path" != "$1"/* ]] || return 0; done
  return 1
}

# place_tree STAGED TARGET: swaps TARGET for STAGED, but goes around the paths in KEPT that lie below TARGET:
# the other parts of the dataset, what is excluded from backups, and what the plan itself puts there.
place_tree() {
  local staged="$1" target="$2" child name
  if ! kept_below "$target" || [[ ! -d "$staged" || ! -d "$target" ]]; then
    swap "$staged" "$target"
    return 0
  fi
  while IFS= read -r -d '' child; do
    name="${child##*/}"
    if [[ -e "$staged/$name" || -L "$staged/$name" || "$name" == *.fleet-restore* || "$name" == *.fleet-replaced-* ]]; then continue; fi
    # Not in the restore point: what is kept, or holds something kept, stays; anything else is put aside.
    if ! kept "$target/$name" && ! kept_below "$target/$name"; then mv "$child" "$child.fleet-replaced-$REPLACED"; fi
  done < <(find "$target" -mindepth 1 -maxdepth 1 -print0)
  while IFS= read -r -d '' child; do
    name="${child##*/}"
    if ! kept "$target/$name"; then place_tree "$child" "$target/$name"; fi
  done < <(find "$staged" -mindepth 1 -maxdepth 1 -print0)
  chown --reference="$staged" "$target"
  chmod --reference="$staged" "$target"
}

place_files() {
  local path staged="$FLEET_VAR/restore/$SERVICE/files" owner
  owner="$(plan .dataset.owner)"
  mapfile -t KEPT < <(plan '.files[].path, (.dataset | .files.exclude[], (.database.path // empty), (.repositories.root // empty))')
  plan '.dataset.files.paths[]' >"$WORK/paths"
  while IFS= read -r path; do
    [[ -e "$staged$path" ]] || continue
    # The numbers of users differ from host to host; the declaration says who owns the data.
    chown -hR "$owner:" "$staged$path"
    place_tree "$staged$path" "$path"
  done <"$WORK/paths"
  rm -rf "$staged"
}
