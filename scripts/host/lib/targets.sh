# shellcheck shell=bash
# The places a dataset is restored to: what is there already, and how it is put aside and replaced.

# newest_change PART: milliseconds of the newest change of live data of a part; nothing if there is no data.
newest_change() {
  local path prune
  case "$1" in
    database)
      find "$DATABASE" "$DATABASE-wal" -maxdepth 0 -type f -size +0 -printf '%T@\n' 2>/dev/null || true # absent: no data
      ;;
    repositories)
      [[ -d "$ROOT" ]] || return 0
      find "$ROOT" -mindepth 3 \( -name packed-refs -o -name HEAD -o -path '*.git/refs/*' \) -type f -printf '%T@\n'
      ;;
    files)
      # Files of the plan are the declaration's, not data; the other parts are looked at by themselves. What an interrupted
      # restore staged, or an earlier one put aside, is no live data either.
      prune=('(' -name '*.fleet-restore*' -o -name '*.fleet-replaced-*' ')' -prune -o)
      for path in "${PLANNED_FILES[@]}" "${FILE_EXCLUDES[@]}" "$ROOT" ${DATABASE:+"$DATABASE" "$DATABASE-wal" "$DATABASE-shm"}; do
        if [[ -n "$path" ]]; then prune+=(-path "$path" -prune -o); fi
      done
      for path in "${FILE_PATHS[@]}"; do
        if [[ -e "$path" ]]; then find "$path" "${prune[@]}" -type f -printf '%T@\n'; fi
      done
      ;;
  esac | sort -n | tail -n 1 | awk '{printf "%.0f\n", $1 * 1000}'
}

# swap STAGED TARGET: puts STAGED in the place of TARGET; what was there is kept beside it, never deleted.
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
