#!/usr/bin/env bash
# Restores a forge with the plain tools, everything at the same time. The environment says from where and to where (bare-kit.ts,
# restore.ts); bare-host.sh takes the functions, the restore benchmark runs the file.
set -euo pipefail

# each JOB...: runs the jobs side by side and fails if one of them does.
each() {
  local job pids=()
  for job in "$@"; do
    "$job" &
    pids+=($!)
  done
  for job in "${pids[@]}"; do wait "$job"; done
}

database() { litestream restore -config litestream.yml -o "$DATABASE" "$DATABASE" >litestream.log 2>&1; }

# A repository is what came after its newest end, one encrypted archive each, in the order of their names.
repository() {
  local key=$1 entries target=$REPOSITORIES/${1/__//}
  entries=$(find "entries/$key" -type f | sort | awk '/-gone-/ {all = ""; next} {all = all $0 "\n"} END {printf "%s", all}')
  [[ -n $entries ]] || return 0
  mkdir -p "$target"/{objects/info,objects/pack,refs/heads,refs/tags,hooks,info}
  while read -r entry; do age -d -i identity "$entry"; done <<<"$entries" | tar -C "$target" -ix -f -
}
export -f repository

repositories() {
  rclone --config '' copy --transfers 16 --checkers 16 "store:$BUCKET/$SOURCE/$SERVICE/repositories" entries
  # shellcheck disable=SC2016 # the inner shell expands
  find entries -mindepth 1 -maxdepth 1 -printf '%f\0' | xargs -0 -r -n 4 -P "$(nproc)" bash -euo pipefail -c 'for key; do repository "$key"; done' bash
}

# files SERVICE: in place, as restic keeps absolute paths.
files() { restic -q -o s3.bucket-lookup=path -r "s3:$STORE/$BUCKET/$SOURCE/$1/files" restore latest --no-lock --exclude /fleet-database --target / >"restic-$1.log" 2>&1; }
forge_files() { files "$SERVICE"; }

whole_database() { [[ "$(sqlite3 -readonly "$DATABASE" 'PRAGMA integrity_check')" == ok ]]; }
whole_repositories() {
  # shellcheck disable=SC2016 # the inner shell expands
  find "$REPOSITORIES" -mindepth 2 -maxdepth 2 -name '*.git' -print0 |
    xargs -0 -r -n 1 -P "$(nproc)" sh -c 'git -c safe.directory="*" --git-dir="$0" fsck --connectivity-only --no-dangling --no-progress' >fsck.log 2>&1
}

case "${1:-}" in
  restore) each database repositories forge_files ;;
  verify) each whole_database whole_repositories ;;
esac
