# shellcheck shell=bash
# Restoring each part of a dataset: first beside its target (stage), then into place (place).
# Staging can be killed at any moment and continues when run again. POINTS is the file with the chosen points.

# load_points: what staging needs of the chosen points, in one reading. Sets SOURCE, SOURCE_AT, COMPLETE, POINT_AT (by part),
# GENERATION and SNAPSHOT, and writes $WORK/repositories: one a line, its key and its entries.
load_points() {
  local values
  declare -gA POINT_AT
  values="$(jq -r '
    "SOURCE=\(.incarnation | @sh) SOURCE_AT=\(.at | @sh) COMPLETE=\(.complete)",
    "GENERATION=\(.parts.database.generation // "" | @sh) SNAPSHOT=\(.parts.files.snapshot // "" | @sh)",
    (.parts | to_entries[] | "POINT_AT[\(.key)]=\(.value.at | @sh)"),
    "printf %s \([(.parts.repositories.repositories // [])[] | ([.key] + .entries | @tsv) + "\n"] | join("") | @sh)"
  ' "$POINTS")"
  # Every value is quoted for the shell by jq.
  eval "$values" >"$WORK/repositories"
}

stage_database() {
  local staged="$DATABASE.fleet-restore" at="${POINT_AT[database]}"
  mkdir -p "$(dirname "$DATABASE")"
  rm -f "$staged" "$staged".* "$staged"-*
  litestream_replica "$SOURCE" "$SERVICE" "$DATABASE" | write_file "$WORK/litestream.yml" 0600
  # The moment is that of the newest segment, so a generation that ended before the wanted moment is found too.
  litestream restore -config "$WORK/litestream.yml" -no-expand-env -generation "$GENERATION" -timestamp "$at" -o "$staged" "$DATABASE" >"$WORK/litestream.log" 2>&1 ||
    { tail -n 3 "$WORK/litestream.log" >&2; fail 1 "the database of $SERVICE could not be restored from $SOURCE at $at; try an earlier moment with --at"; }
  rm -f "$staged".tmp*
  chown "$OWNER:" "$staged"
  chmod 0640 "$staged"
  check_database "$staged" || fail 1 "the database of $SERVICE from $SOURCE at $at fails its integrity check; try an earlier moment with --at"
  touch -d "$at" "$staged"
}

# check_database FILE: as the owner, so that no root-owned -wal or -shm is left beside it.
check_database() {
  local answer
  answer="$(as_owner "$OWNER" sqlite3 -bail -cmd '.timeout 5000' "$1" 'PRAGMA integrity_check;' 2>&1)" || true # the answer tells
  [[ "$answer" == ok ]] || { log "integrity_check of $1: ${answer%%$'\n'*}"; return 1; }
}

place_database() {
  local suffix
  # A stale -wal would be replayed into the restored database; litestream's memory belongs to the old one.
  for suffix in -wal -shm; do
    if [[ -e "$DATABASE$suffix" ]]; then mv "$DATABASE$suffix" "$DATABASE.fleet-replaced-$REPLACED$suffix"; fi
  done
  rm -rf "$(dirname "$DATABASE")/.$(basename "$DATABASE")-litestream"
  swap "$DATABASE.fleet-restore" "$DATABASE"
}

stage_repositories() {
  local staged="$ROOT.fleet-restore"
  forget_changed "$staged"
  cut -f 2- "$WORK/repositories" | tr '\t' '\n' >"$WORK/entries"
  if [[ -e "$staged.entries" ]]; then
    find "$staged.entries" -type f -printf '%P\n' | sort | comm -23 - <(sort "$WORK/entries") | (cd "$staged.entries" && xargs -r -d '\n' rm -f --)
  fi
  install -d -m 0700 "$staged.entries"
  install -d -o "$OWNER" -g "$(id -gn "$OWNER")" -m 0750 "$staged"
  # Already downloaded ones are recognised by size; their names are unique for ever. What was damaged on the way does not open with age,
  # so that a second sum over everything would find nothing more.
  rclone_store copy --files-from-raw "$WORK/entries" --size-only --ignore-checksum --transfers 16 --checkers 16 \
    "$(store "$SOURCE/$SERVICE/repositories")" "$staged.entries"
  xargs -r -d '\n' -n 8 -P "$(nproc)" "$FLEET_LIB/restore-repository" "$staged" "$OWNER" <"$WORK/repositories" ||
    fail 1 "not all repositories of $SERVICE could be unpacked; see above. Run the restore again, or try an earlier moment with --at"
}

# forget_changed STAGED: what was unpacked from other entries than those that are wanted now goes. What is left is listed before
# anything is unpacked, so that a kill leaves no repository that is neither.
forget_changed() {
  local staged="$1" list="$1.list" key
  if [[ -e "$list" ]]; then
    while IFS=$'\t' read -r key _; do
      # A name that somebody forged leads nowhere else.
      [[ "$key" == .* || "$key" == *__.* ]] || rm -rf "${staged:?}/${key%%__*}/${key#*__}"
    done < <(comm -23 <(sort "$list") <(sort "$WORK/repositories"))
  else
    rm -rf "$staged"
  fi
  write_file "$list" 0600 <"$WORK/repositories"
}

place_repositories() {
  local ownership mode
  swap "$ROOT.fleet-restore" "$ROOT"
  read -r ownership mode <<<"$ROOT_LIKE"
  chown "$ownership" "$ROOT"
  chmod "$mode" "$ROOT"
  rm -rf "$ROOT.fleet-restore.entries" "$ROOT.fleet-restore.list"
}

stage_files() {
  local staged="$FLEET_VAR/restore/$SERVICE/files"
  [[ "$(cat "$staged.whole" 2>/dev/null)" != "$SNAPSHOT" ]] || return 0
  # restic overwrites what an interrupted run left, but takes nothing away that is in another snapshot only.
  [[ "$(cat "$staged.of" 2>/dev/null)" == "$SNAPSHOT" ]] || rm -rf "$staged" "$staged.whole"
  install -d -m 0700 "$FLEET_VAR/restore" "$FLEET_VAR/restore/$SERVICE" "$staged"
  printf '%s\n' "$SNAPSHOT" | write_file "$staged.of" 0600
  restic_store "$SOURCE" "$SERVICE" restore --no-lock "${PLANNED_FILES[@]/#/--exclude=}" --target "$staged" "$SNAPSHOT" >"$WORK/restic.log" 2>&1 ||
    { tail -n 3 "$WORK/restic.log" >&2; fail 1 "the files of $SERVICE could not be restored from snapshot ${SNAPSHOT:0:8} of $SOURCE; try an earlier moment with --at"; }
  printf '%s\n' "$SNAPSHOT" | write_file "$staged.whole" 0600
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
  local path staged="$FLEET_VAR/restore/$SERVICE/files"
  # Pieces of it are moved away from here on.
  rm -f "$staged.whole"
  KEPT=("${PLANNED_FILES[@]}" "${FILE_EXCLUDES[@]}")
  for path in "$DATABASE" "$ROOT"; do [[ -z "$path" ]] || KEPT+=("$path"); done
  for path in "${FILE_PATHS[@]}"; do
    [[ -e "$staged$path" ]] || continue
    # The numbers of users differ from host to host; the declaration says who owns the data.
    chown -hR "$OWNER:" "$staged$path"
    place_tree "$staged$path" "$path"
  done
  rm -rf "$staged"
}
