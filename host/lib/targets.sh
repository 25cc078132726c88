# shellcheck shell=bash
# The places a dataset is restored to: what is there already, and how it is put aside and replaced.

# newest_change PART: milliseconds of the newest change of live data of a part; nothing if there is no data.
newest_change() {
  local path prune
  case "$1" in
    database)
      as_owner "$OWNER" find "$DATABASE" "$DATABASE-wal" -maxdepth 0 -type f -size +0 -printf '%T@\n' 2>/dev/null || true # absent: no data
      ;;
    repositories)
      as_owner "$OWNER" test -d "$ROOT" || return 0
      as_owner "$OWNER" find "$ROOT" -mindepth 3 \( -name packed-refs -o -name HEAD -o -path '*.git/refs/*' \) -type f -printf '%T@\n'
      ;;
    files)
      # Files of the plan are the declaration's, not data; the other parts are looked at by themselves. What an interrupted
      # restore staged, or an earlier one put aside, is no live data either.
      prune=('(' -name '*.fleet-restore*' -o -name '*.fleet-replaced-*' ')' -prune -o)
      for path in "${PLANNED_FILES[@]}" "${FILE_EXCLUDES[@]}" "$ROOT" ${DATABASE:+"$DATABASE" "$DATABASE-wal" "$DATABASE-shm"}; do
        if [[ -n "$path" ]]; then prune+=(-path "$path" -prune -o); fi
      done
      for path in "${FILE_PATHS[@]}"; do
        if as_owner "$OWNER" test -e "$path"; then as_owner "$OWNER" find "$path" "${prune[@]}" -type f -printf '%T@\n'; fi
      done
      ;;
  esac | sort -n | tail -n 1 | awk '{printf "%.0f\n", $1 * 1000}'
}

# staging PART: the folder in which a part is staged. What is in it belongs to the owner of the data, the folder above it to root: so the owner
# may move it into place, and nobody may put something else in the place of the folder.
staging() { printf '%s/restore/%s/%s\n' "$FLEET_VAR" "$SERVICE" "$1"; }

# give_staged PART: hands the folder of a part, with what root has put into it, to the owner; nobody else could enter it before.
give_staged() { chown -hR "$OWNER:" "$(staging "$1")"; }

# fresh_staging PART: the folder of a part with nothing in it, which is still root's.
fresh_staging() {
  discard_staged "$1"
  install -d -m 0711 "$FLEET_VAR/restore" "$FLEET_VAR/restore/$SERVICE"
  install -d -m 0700 "$(staging "$1")"
}

# own_staging PART: the folder of a part, which is the owner's.
own_staging() {
  install -d -m 0711 "$FLEET_VAR/restore" "$FLEET_VAR/restore/$SERVICE"
  install -d -o "$OWNER" -g "$(id -gn "$OWNER")" -m 0700 "$(staging "$1")"
}

# discard_staged PART: what an earlier run left there goes.
discard_staged() {
  local folder
  folder="$(staging "$1")"
  [[ -d "$folder" ]] || return 0
  if [[ -O "$folder" ]]; then
    rm -rf "$folder"
  else
    empty_owned "$OWNER" "$folder"
    rmdir "$folder"
  fi
}

# swap STAGED TARGET: puts STAGED in the place of TARGET; what was there is kept beside it, never deleted. Runs in a shell of the owner.
swap() {
  local staged="$1" target="$2"
  if [[ -d "$target" && -z "$(find "$target" -mindepth 1 -print -quit)" ]]; then
    rmdir "$target"
  elif [[ -e "$target" ]]; then
    mv "$target" "$target.fleet-replaced-$REPLACED"
    log "$target was kept as $target.fleet-replaced-$REPLACED"
  fi
  mkdir -p "${target%/*}"
  mv "$staged" "$target"
}

# swap_database STAGED TARGET: the same for a database. A stale -wal would be replayed into the new one; litestream's memory belongs to the old
# one. Runs in a shell of the owner.
swap_database() {
  local suffix
  for suffix in -wal -shm; do
    if [[ -e "$2$suffix" ]]; then mv "$2$suffix" "$2.fleet-replaced-$REPLACED$suffix"; fi
  done
  rm -rf "${2%/*}/.${2##*/}-litestream"
  swap "$1" "$2"
}

# as_placed COMMAND...: one of the functions that put things into place, as the owner.
as_placed() { owners_shell "$OWNER" 'log swap swap_database kept kept_below place_tree place_paths' 'PROGRAM REPLACED KEPT FILE_PATHS' "$@"; }
