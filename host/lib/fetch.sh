# shellcheck shell=bash
# shellcheck disable=SC2153 # PLANNED and SERVICE are set by who sources this
# Fetching what a plan names. PLANNED is the file with the plan (components/store/plan.ts); the operator's side chose what is in it.

# kept_plan SERVICE: the plan that was sent ahead of a restore.
kept_plan() { printf '%s/plans/%s.json\n' "$FLEET_VAR" "$1"; }

# check_plan: fails unless PLANNED is a plan of the service, whose keys lead nowhere but below its parts.
check_plan() {
  jq -e --arg service "$SERVICE" '
    def name: test("^[A-Za-z0-9][A-Za-z0-9._-]*$");
    def folder: .objects[0].key // "" | split("/")[2];
    .service == $service and (.incarnation | name) and (.parts | keys - ["database", "repositories", "files"] == [])
    and (.incarnation as $from | all(.parts | to_entries[]
      | (if .key == "database" and (.value | folder) == "files" then "files" else .key end) as $folder | .value.objects[]
      | ((.versionId | name) or (.versionId == "" and $folder == "repositories" and (.key | test("/[0-9]{13}-(base|delta|gone)-[0-9a-f]{32}[.]age$"))))
        and (.size | type == "number")
        and (.key | split("/") | .[0:3] == [$from, $service, $folder] and length > 3 and all(.[]; name)); .))
    and (.parts.files == null or (.parts.database // {} | folder) != "files" or .parts.database.objects == .parts.files.objects)
  ' "$PLANNED" >/dev/null || fail "$EXIT_USAGE" "what was given is no plan of $SERVICE; make one with fleet restore, or fleet input"
}

# fetched FOLDER: where what lies in this folder of the service is fetched to, each object at its path below it. It is root's; what is in it is encrypted.
# A part lies in the folder of its name, but a database may be taken from the snapshot of the files.
fetched() { printf '%s/restore/%s/fetched/%s\n' "$FLEET_VAR" "$SERVICE" "$1"; }

# fetch PART FOLDER [LATER]: what the plan reads of a part, and nothing else: by version, or by its name where that has the MD5 of what it is; not yet
# what lies below LATER. What is there already of the same version is not fetched again.
fetch() {
  local folder list later="${3:-}" attempt prefix
  folder="$(fetched "$2")" list="$WORK/$1.wanted"
  jq -r --arg part "$1" '.parts[$part].objects[] | [.versionId, .size, (.key | split("/")[3:] | join("/"))] | @tsv' "$PLANNED" | sort >"$list"
  install -d -m 0711 "$FLEET_VAR/restore" "$FLEET_VAR/restore/$SERVICE"
  install -d -m 0755 "$folder"
  forget_others "$folder" "$list"
  prefix="$(jq -r .incarnation "$PLANNED")/$SERVICE/$2"
  for attempt in 1 2 3; do
    missing "$folder" "$list" "$later" >"$WORK/$1.missing"
    [[ -s "$WORK/$1.missing" ]] || return 0
    if ((attempt > 1)); then
      found "$prefix" <"$WORK/$1.missing" >"$WORK/$1.found"
      mv "$WORK/$1.found" "$WORK/$1.missing"
    fi
    download "$prefix" "$folder" <"$WORK/$1.missing" 2>"$WORK/$1.errors" || true # what is missing is looked for again
  done
  missing "$folder" "$list" "$later" >"$WORK/$1.missing"
  [[ -s "$WORK/$1.missing" ]] || return 0
  tail -n 1 "$WORK/$1.errors" >&2
  fail 1 "$(wc -l <"$WORK/$1.missing") objects of the $1 of $SERVICE could not be fetched whole, after $attempt tries; check the store, and run the restore again, which continues"
}

# forget_others FOLDER LIST: what was fetched of another version goes, and what nothing names. The list of what is wanted is kept beside the
# folder before anything is fetched, so that a kill leaves no file of which nobody knows the version.
forget_others() {
  {
    if [[ -e "$1.list" ]]; then
      awk -F '\t' 'FILENAME == ARGV[1] {wanted[$0]; next} !($0 in wanted || "\t" $2 "\t" $3 in wanted) {print $3}' "$2" "$1.list"
    fi
    find "$1" -type f -printf '%P\n' | sort | comm -23 - <(cut -f 3 "$2" | sort)
  } | (cd "$1" && xargs -r -d '\n' rm -f --)
  write_file "$1.list" 0600 <"$2"
}

# missing FOLDER LIST LATER: lines of the list whose file is not there, not of its size, or not what its name says where that is all that is known of
# it; but for those below LATER where that is not empty.
missing() {
  awk -F '\t' -v later="$3" '
    FILENAME == ARGV[1] {have[$2] = $1; next}
    FILENAME == ARGV[2] {delete have[$0]; next}
    later != "" && index($3, later) == 1 {next}
    !($3 in have) || have[$3] != $2' \
    <(find "$1" -type f -printf '%s\t%P\n') <(misnamed "$1" "$2") "$2"
}

# misnamed FOLDER LIST: files of those that name no version whose MD5 is not that in their name.
misnamed() {
  awk -F '\t' '$1 == "" {sum = $3; sub(/^.*-/, "", sum); sub(/[.]age$/, "", sum); print sum "  " $3}' "$2" |
    (cd "$1" && { md5sum -c --quiet --ignore-missing 2>/dev/null || true; }) | sed -n 's/: FAILED$//p' # it fails where one is not what it should be
}

# found PREFIX: the list on standard input with the version of each entry that names none, from all that were ever written: it was hidden or written
# over since the plan was made. What is not found stays as it is.
found() {
  local line version size path sum
  while IFS= read -r line; do
    IFS=$'\x1f' read -r version size path <<<"${line//$'\t'/$'\x1f'}"
    if [[ -z "$version" ]]; then
      sum="${path##*-}"
      version="$(versions_of "$1/$path" | sed 's/<Version>/\n&/g; s/<DeleteMarker>/\n&/g' | grep "^<Version>.*<ETag>[^<]*${sum%.age}" | grep -o '<VersionId>[^<]*' | sed -n '1s/<VersionId>//p' || true)"
    fi
    printf '%s\t%s\t%s\n' "$version" "$size" "$path"
  done
}

# versions_of KEY: what the store tells of all that was ever written to it.
versions_of() {
  request "$(printf '' | sha256sum | cut -d ' ' -f 1)" "$(printf '' | md5sum | cut -d ' ' -f 1)" "$RCLONE_CONFIG_STORE_ENDPOINT/$FLEET_BUCKET?prefix=${1//\//%2F}&versions="
}

# download PREFIX FOLDER ARGS...: curl with the objects of the list on standard input, 16 at once; of those that name no version the newest.
# A plan's names need no quoting, and the key is in no argument.
download() {
  local list
  list="$(cat)"
  cut -f 3 <<<"$list" | sed -n 's,/[^/]*$,,p' | sort -u | (cd "$2" && xargs -r -d '\n' mkdir -p --)
  {
    printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
    awk -F '\t' -v from="$RCLONE_CONFIG_STORE_ENDPOINT/$FLEET_BUCKET/$1" -v to="$2" \
      '{printf "url = \"%s/%s%s\"\noutput = \"%s/%s\"\n", from, $3, $1 == "" ? "" : "?versionId=" $1, to, $3}' <<<"$list"
  } | curl --no-progress-meter --fail --parallel --parallel-max 16 --connect-timeout 5 --speed-time 30 --speed-limit 1 \
    --aws-sigv4 "aws:amz:$RCLONE_CONFIG_STORE_REGION:s3" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "${@:3}" -K -
}

# shown PREFIX: what a restore of now may take of a part, as `list` tells it: of a database the two newest folders.
shown() {
  local folder
  if [[ "$1" != */database ]]; then
    list "$1"
    return
  fi
  rclone_store lsf --dirs-only "$(store "$1")" | sed -nE '/^[0-9]{8}\/$/p' | sort | tail -n 2 |
    while read -r folder; do list "$1/${folder%/}" | jq --arg folder "$folder" 'map(.Path = $folder + .Path)'; done | jq -s 'add // []'
}

# mirror INCARNATION PART: everything of a part that is shown in the store, where a later `fetch` finds what it wants of it. Lists beside the
# folder tell of each file which version it is, and what the store said of it.
mirror() {
  local folder prefix="$1/$SERVICE/$2" work="$WORK/$SERVICE.$2"
  folder="$(fetched "$2")"
  install -d -m 0711 "$FLEET_VAR/restore" "$FLEET_VAR/restore/$SERVICE"
  install -d -m 0755 "$folder"
  touch "$folder.list" "$folder.seen"
  shown "$prefix" | jq -r --arg prefix "$prefix" '.[] | select(.Path | test("^[A-Za-z0-9][A-Za-z0-9._/-]*$") and (startswith("locks/") or contains("/.") | not)) | [$prefix, .ModTime, .Size, .Path] | @tsv' | sort >"$work.seen"
  comm -23 "$work.seen" "$folder.seen" >"$work.changed"
  # What is about to be fetched is of no known version until it is here.
  awk -F '\t' 'FILENAME == ARGV[1] {seen[$4]; next} FILENAME == ARGV[2] {delete seen[$4]; next} $3 in seen' "$work.seen" "$work.changed" "$folder.list" >"$work.list"
  write_file "$folder.list" 0600 <"$work.list"
  find "$folder" -type f -printf '%P\n' | sort | comm -23 - <(cut -f 3 "$work.list" | sort) | (cd "$folder" && xargs -r -d '\n' rm -f --)
  if [[ -s "$work.changed" ]]; then
    awk -F '\t' '{printf "\t%s\t%s\n", $3, $4}' "$work.changed" |
      download "$prefix" "$folder" -w '%header{x-amz-version-id}\t%{size_download}\t%{filename_effective}\n' >"$work.got" ||
      fail 1 "not all of the $2 of $SERVICE could be fetched from $1; the next run continues"
    awk -F '\t' -v OFS='\t' -v skip="$((${#folder} + 2))" '{$3 = substr($3, skip); print}' "$work.got" >>"$work.list"
    sort "$work.list" | write_file "$folder.list" 0600
  fi
  write_file "$folder.seen" 0600 <"$work.seen"
}
