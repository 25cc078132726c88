# shellcheck shell=bash
# Restoring each part of a dataset: first beside its target (stage), then into place (place).
# All that is staged becomes the owner's, and what goes into place is moved there by the owner.
# Staging can be killed at any moment and continues when run again.

# load_points: what staging needs of the plan, in one reading. Sets SOURCE, SOURCE_AT, COMPLETE, POINT_AT (by part), FOLDER, GENERATION, SNAPSHOT
# and, where the database is taken from a snapshot too, DATABASE_SNAPSHOT, and writes $WORK/repositories: one a line, its key and its entries.
load_points() {
  local values
  declare -gA POINT_AT
  values="$(jq -r '
    def below: .key | split("/")[3:] | join("/");
    "SOURCE=\(.incarnation | @sh) SOURCE_AT=\([.parts[].at] | max | @sh) COMPLETE=\(.complete)",
    def snapshot: (.objects // [])[-1].key // "" | split("/") | if .[2] == "files" then .[-1] else "" end | @sh;
    ((.parts.database.objects // [])[0] // {key: ""} | .key | split("/") | "FOLDER=\(.[3] // "" | @sh) GENERATION=\(.[5] // "" | @sh)"),
    "SNAPSHOT=\(.parts.files // {} | snapshot) DATABASE_SNAPSHOT=\(.parts.database // {} | snapshot)",
    (.parts | to_entries[] | "POINT_AT[\(.key)]=\(.value.at | @sh)"),
    # A plan has the entries of a repository in their order.
    "printf %s \([(.parts.repositories.objects // []) | map(below) | group_by(split("/")[0])[] | ([.[0] | split("/")[0]] + . | @tsv) + "\n"] | join("") | @sh)"
  ' "$PLANNED")"
  # Every value is quoted for the shell by jq.
  eval "$values" >"$WORK/repositories"
}

stage_database() {
  local staged at="${POINT_AT[database]}"
  staged="$(staging database)/database"
  if [[ -n "$DATABASE_SNAPSHOT" ]]; then copied_database "$staged"; else shipped_database "$staged"; fi
  as_owner "$OWNER" chmod 0640 "$staged"
  as_owner "$OWNER" touch -d "$at" "$staged"
  check_database "$staged" || fail 1 "the database of $SERVICE from $SOURCE at $at fails its integrity check; try an earlier moment with fleet restore --at"
  as_owner "$OWNER" touch -d "$at" "$staged"
}

# shipped_database FILE: from what litestream shipped.
shipped_database() {
  fetch database database
  fresh_staging database
  litestream_fetched "$DATABASE" "$(fetched database)/$FOLDER" | write_file "$WORK/litestream.yml" 0600
  litestream restore -config "$WORK/litestream.yml" -no-expand-env -generation "$GENERATION" -o "$1" "$DATABASE" >"$WORK/database.log" 2>&1 || no_database
  rm -f "$1".tmp*
  give_staged database
}

# copied_database FILE: from the copy in a snapshot of the files.
copied_database() {
  fetch_files database data/
  discard_staged database
  own_staging database
  unpack database "$DATABASE_SNAPSHOT" --include="/$DATABASE_COPY" || no_database
  as_owner "$OWNER" mv "$(staging database)/$DATABASE_COPY" "$1" || no_database
}

no_database() {
  tail -n 3 "$WORK/database.log" >&2
  fail 1 "the database of $SERVICE could not be restored from $SOURCE at ${POINT_AT[database]}; try an earlier moment with fleet restore --at"
}

# fetch_files PART [LATER]: a restic repository, which may be wanted for two parts.
fetch_files() { with_lock "fetch-$SERVICE" 3600 fetch "$1" files "${2:-}"; }

# check_database FILE: as the owner, so that no root-owned -wal or -shm is left beside it.
check_database() {
  local answer
  answer="$(as_owner "$OWNER" sqlite3 -bail -cmd '.timeout 5000' "$1" 'PRAGMA integrity_check;' 2>&1)" || true # the answer tells
  [[ "$answer" == ok ]] || {
    log "integrity_check of $1: ${answer%%$'\n'*}"
    return 1
  }
}

place_database() {
  as_placed swap_database "$(staging database)/database" "$DATABASE"
  discard_staged database
  rm -rf "$(fetched database)"
}

stage_repositories() {
  local staged
  staged="$(staging repositories)"
  fetch repositories repositories
  forget_changed
  own_staging repositories
  xargs -r -d '\n' -n 8 -P "$(nproc)" "$FLEET_LIB/restore-repository" "$staged/root" "$(fetched repositories)" "$OWNER" <"$WORK/repositories" ||
    fail 1 "not all repositories of $SERVICE could be unpacked; see above. Run the restore again, or try an earlier moment with fleet restore --at"
  as_owner "$OWNER" mkdir -p "$staged/root"
}

# forget_changed: what was unpacked from other entries than those that are wanted now goes. What is left is listed before anything is
# unpacked, so that a kill leaves no repository that is neither.
forget_changed() {
  local list key changed=()
  list="$(staging repositories).list"
  if [[ -e "$list" ]]; then
    while IFS=$'\t' read -r key _; do
      changed+=("${key%%__*}/${key#*__}")
    done < <(comm -23 <(sort "$list") <(sort "$WORK/repositories"))
    # shellcheck disable=SC2016 # the inner shell expands
    if ((${#changed[@]})); then as_owner "$OWNER" bash -euc 'cd "$1"; shift; rm -rf -- "$@"' forget "$(staging repositories)/root" "${changed[@]}"; fi
  else
    discard_staged repositories
  fi
  install -d -m 0711 "$FLEET_VAR/restore" "$FLEET_VAR/restore/$SERVICE"
  write_file "$list" 0600 <"$WORK/repositories"
}

place_repositories() {
  as_placed swap "$(staging repositories)/root" "$ROOT"
  as_owner "$OWNER" chmod "$ROOT_MODE" "$ROOT"
  discard_staged repositories
  rm -rf "$(fetched repositories)" "$(staging repositories).list"
}

stage_files() {
  local staged
  staged="$(staging files)"
  [[ "$(cat "$staged.whole" 2>/dev/null)" != "$SNAPSHOT" ]] || return 0
  # restic overwrites what an interrupted run left, but takes nothing away that is in another snapshot only.
  [[ "$(cat "$staged.of" 2>/dev/null)" == "$SNAPSHOT" ]] || {
    discard_staged files
    rm -f "$staged.whole"
  }
  fetch_files files data/
  own_staging files
  unpack files "$SNAPSHOT" "${PLANNED_FILES[@]/#/--exclude=}" "${COPY_LEFT_OUT[@]}" ||
    {
      tail -n 3 "$WORK/files.log" >&2
      fail 1 "the files of $SERVICE could not be restored from snapshot ${SNAPSHOT:0:8} of $SOURCE; try an earlier moment with fleet restore --at"
    }
  only_data files
  if [[ -n "$DATABASE" ]] && ((${#COPY_LEFT_OUT[@]} == 0)); then
    check_database "$staged/$DATABASE_COPY" || fail 1 "the copy of the database of $SERVICE in snapshot ${SNAPSHOT:0:8} of $SOURCE does not open; the host that made it backs up nothing that outlasts litestream's pieces"
    as_owner "$OWNER" rm -f "$staged/$DATABASE_COPY"
  fi
  printf '%s\n' "$SNAPSHOT" | write_file "$staged.whole" 0600
}

# unpack PART SNAPSHOT OPTIONS...: what the options leave of a snapshot, into the staging of the part.
unpack() { unpack_once "$@" || unpack_again "$@"; }

unpack_once() {
  restic_copy "$1" restore "${@:3}" --target "$(staging "$1")" "$2" >"$WORK/$1.log" 2>&1
}

# restic_copy PART ARGS...: restic on the owner's copy of what was fetched where there is one; otherwise on what was fetched and what it asks for
# beyond that: the data of a repository holds years, and one snapshot needs little of it.
restic_copy() {
  local copy server port status=0 ended
  copy="$(owner_scratch "$OWNER")/restic-$SERVICE-$1"
  if as_owner "$OWNER" test -d "$copy"; then
    restic_at "$copy" "$SERVICE" "$2" --no-lock --no-cache "${@:3}"
    return
  fi
  rm -f "$WORK/$1.port"
  mkfifo "$WORK/$1.port"
  with_store setpriv --pdeathsig KILL python3 "$FLEET_LIB/lib/repository.py" "$(fetched files)" "$SOURCE/$SERVICE/files" >"$WORK/$1.port" &
  server=$!
  read -r port <"$WORK/$1.port" || return 1
  restic_at "rest:http://127.0.0.1:$port/" "$SERVICE" "$2" --no-lock --no-cache "${@:3}" &
  wait -n -p ended "$server" "$!" || status=$?
  # Without what could not be fetched restic would try for minutes.
  # The other one may have ended by now.
  if ((ended == server)); then kill "$!" || true; else kill "$server" || true; fi
  wait "$server" "$!" 2>/dev/null || true # both were ended here, or told what became of them
  return "$status"
}

# unpack_again PART SNAPSHOT OPTIONS...: from nothing, because restic does not replace a link that an interrupted run left; with the one key that
# opens it and indexes made anew from the data, because a key or an index that somebody forged stops restic; and without devices and pipes: the
# owner cannot make a device, and neither is anybody's data.
unpack_again() {
  local nodes=() copy
  copy="$(owner_scratch "$OWNER")/restic-$SERVICE-$1"
  as_owner "$OWNER" rm -rf "$copy"
  fetch_files "$1"
  as_owner "$OWNER" cp -r "$(fetched files)" "$copy"
  only_key "$copy"
  as_owner "$OWNER" rm -rf "$copy/index"
  as_owner "$OWNER" mkdir "$copy/index"
  restic_at "$copy" "$SERVICE" rebuild-index --read-all-packs >"$WORK/$1.log" 2>&1 || return 1
  if [[ "$1" == files ]]; then
    restic_copy files ls --json "$2" >"$WORK/snapshot" 2>/dev/null || return 1
    mapfile -t nodes < <(jq -r 'select(.struct_type == "node" and (.type | IN("file", "dir", "symlink") | not)) | .path | gsub("(?<c>[\\\\*?\\[])"; "\\\(.c)")' "$WORK/snapshot")
  fi
  if ((${#nodes[@]})); then log "${#nodes[@]} devices, pipes or sockets in snapshot ${2:0:8} are left out, the first is ${nodes[0]}"; fi
  discard_staged "$1"
  own_staging "$1"
  unpack_once "$@" "${nodes[@]/#/--exclude=}" || return 1
  as_owner "$OWNER" rm -rf "$copy"
}

# only_key REPOSITORY: leaves the first key that opens a repository of the owner's.
only_key() {
  local key keys
  mapfile -t keys < <(as_owner "$OWNER" find "$1/keys" -type f -printf '%f\n')
  as_owner "$OWNER" mv "$1/keys" "$1/all-keys"
  as_owner "$OWNER" mkdir "$1/keys"
  for key in "${keys[@]}"; do
    as_owner "$OWNER" cp "$1/all-keys/$key" "$1/keys/"
    if restic_at "$1" "$SERVICE" cat config --no-lock --no-cache >/dev/null 2>&1; then return 0; fi
    as_owner "$OWNER" rm "$1/keys/$key"
  done
}

# only_data PART: what is neither file, folder nor link goes, and no file keeps the right to run as somebody.
only_data() {
  # shellcheck disable=SC2016 # the inner shell expands
  as_owner "$OWNER" bash -euc '
    find "$1" ! -type f ! -type d ! -type l -print0 | xargs -0 -r rm -f --
    find "$1" ! -type l -perm /7000 -exec chmod a-s,-t {} +' only "$(staging "$1")"
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

# place_tree STAGED TARGET: swaps TARGET for STAGED, but goes around the paths in KEPT that lie below TARGET: the other parts of the dataset,
# what is excluded from backups, and what the plan itself puts there. A folder in one of root's stays, and its content is exchanged.
place_tree() {
  local staged="$1" target="$2" child name
  if [[ ! -d "$staged" || ! -d "$target" ]] || { [[ -w "${target%/*}" ]] && ! kept_below "$target"; }; then
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
  chmod --reference="$staged" "$target"
}

# place_paths STAGED: every path of the dataset.
place_paths() {
  local path
  for path in "${FILE_PATHS[@]}"; do
    if [[ -e "$1$path" ]]; then place_tree "$1$path" "$path"; fi
  done
}

place_files() {
  local path
  # Pieces of it are moved away from here on.
  rm -f "$(staging files).whole"
  for path in "${PLANNED_FILES[@]}" "${FILE_EXCLUDES[@]}" "$DATABASE" "$ROOT"; do [[ -z "$path" ]] || KEPT+=("$path"); done
  as_placed place_paths "$(staging files)"
  discard_staged files
  rm -rf "$(fetched files)" "$(fetched files).partial"
}
