# shellcheck shell=bash
# The store: one bucket a host, outside the host. Keys begin with the incarnation that wrote them.

# load_store: what the store is, and how to write to it. The credentials stay in this shell: none of its programs gets them but through
# with_store, restic_store or its standard input.
load_store() {
  [[ -r "$FLEET_ETC/store.env" ]] || fail 1 "$FLEET_ETC/store.env is missing; run provision first"
  # shellcheck disable=SC1091
  . "$FLEET_ETC/store.env"
  : "${FLEET_BUCKET:?}" "${FLEET_PREFIX:?}"
  export INCARNATION="$FLEET_PREFIX"
  RECIPIENT="$FLEET_ETC/backup.recipient"
  IDENTITY="$FLEET_ETC/backup.identity"
}

# with_store PROGRAM...: with the store's credentials in its environment.
with_store() (
  set -a
  # shellcheck disable=SC1091
  . "$FLEET_ETC/store.env"
  export RCLONE_RETRIES="${RCLONE_RETRIES:-3}" RCLONE_LOW_LEVEL_RETRIES=3 RCLONE_CONTIMEOUT=5s RCLONE_TIMEOUT=30s
  exec "$@"
)

# A larger file goes in parts, each of which can be tried again; in bytes.
PUT_IN_PARTS_FROM=$((32 << 20))

# store KEY: the rclone name of a key.
store() { printf 'store:%s/%s\n' "$FLEET_BUCKET" "$1"; }

# rclone_store ARGS...: rclone without any configuration file, quiet but for errors.
rclone_store() { with_store rclone --config "" --log-level ERROR "$@"; }

# put FILE KEY [MD5]: uploads one file. The answer of the store is the proof that it is durable,
# so neither the old key is looked at before nor the new one after.
put() {
  if (($(stat -c %s "$1") < PUT_IN_PARTS_FROM)) && put_whole "$@" 2>/dev/null; then return 0; fi
  rclone_store copyto --no-check-dest --s3-no-head --no-traverse "$1" "$(store "$2")"
}

# put_whole FILE KEY [MD5]: in one request and one try. A push waits for its entry, and rclone takes longer to start than all the rest of it;
# but it tries again, and finds out by how much the clock of this host is wrong.
put_whole() {
  local sum
  sum="$(sha256sum "$1")"
  request "${sum%% *}" "${3:-$(md5_of "$1")}" -o /dev/null -T "$1" "$RCLONE_CONFIG_STORE_ENDPOINT/$FLEET_BUCKET/$2"
}

# md5_of FILE: the hex MD5 of a file, which is also the ETag of what is put whole.
md5_of() {
  local sum
  sum="$(md5sum "$1")"
  printf '%s\n' "${sum%% *}"
}

# request SHA256 MD5 ARGS...: curl with one request to the store, whose body has these sums. A bucket that locks what it takes asks for the second too.
request() {
  local sha256="$1" md5="$2"
  shift 2
  # shellcheck disable=SC2001 # one replacement for each pair of digits
  md5="$(printf '%b' "$(sed 's/../\\x&/g' <<<"$md5")" | base64)"
  curl -sS -f --connect-timeout 5 --speed-time 10 --speed-limit 1 \
    --aws-sigv4 "aws:amz:$RCLONE_CONFIG_STORE_REGION:s3" -H "x-amz-content-sha256: $sha256" -H "Content-MD5: $md5" -H 'Expect:' \
    -K - "$@" <<<"user = \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\""
}

# hide: puts a delete marker over each of the keys on standard input, one a line; their versions stay in the store. A thousand a request.
# Fails unless all are hidden.
hide() {
  local keys body sum answer
  while mapfile -t -n 1000 keys && ((${#keys[@]})); do
    body="<Delete><Quiet>true</Quiet>$(printf '<Object><Key>%s</Key></Object>' "${keys[@]}")</Delete>"
    sum="$(sha256sum <(printf '%s' "$body"))"
    answer="$(request "${sum%% *}" "$(md5_of <(printf '%s' "$body"))" -X POST --data-binary @<(printf '%s' "$body") -H 'Content-Type: application/xml' \
      "$RCLONE_CONFIG_STORE_ENDPOINT/$FLEET_BUCKET?delete=")" || fail 1 "the store does not answer; what is superseded stays visible until the next run hides it"
    [[ "$answer" != *"<Error>"* ]] || fail 1 "the store refused to hide some of ${#keys[@]} objects, the first is ${keys[0]}: $(grep -o '<Code>[^<]*' <<<"$answer" | sed -n '1s/<Code>//p'); check the policy of the bucket"
  done
}

# list PREFIX: JSON array of the objects below PREFIX, with the store's own times. An absent prefix is empty.
list() {
  local answer status=0
  answer="$(rclone_store lsjson -R --files-only --no-mimetype --use-server-modtime --fast-list "$(store "$1")" 2>&1)" || status=$?
  # 3 is rclone's "directory not found".
  case "$status" in
    0) printf '%s\n' "$answer" ;;
    3) printf '[]\n' ;;
    *) fail 1 "the store does not answer for $(store "$1"): $(tail -n 1 <<<"$answer"); check its endpoint, key and network" ;;
  esac
}

# anything_stored SERVICE: whether any incarnation ever stored anything of the service, complete or not.
anything_stored() {
  local found
  found="$(rclone_store lsf -R --dirs-only --max-depth 2 "$(store "")")" || fail 1 "the store does not answer for $(store ""); check its endpoint, key and network"
  grep -qE "^[^/]+/$1/\$" <<<"$found"
}

# Name of the copy of a database in a snapshot, in whose root it lies: there it meets no path of a host.
# shellcheck disable=SC2034 # used by who sources this
DATABASE_COPY=fleet-database

# restic_store INCARNATION SERVICE ARGS...: restic on one service's files of one incarnation, in the store.
restic_store() { restic_at "s3:$RCLONE_CONFIG_STORE_ENDPOINT/$FLEET_BUCKET/$1/$2/files" "${@:2}"; }

# restic_at REPOSITORY SERVICE ARGS...: restic as the owner of the service's files: whatever links it is led through, it reads nothing that the
# owner may not read, and restores nothing that could be another's.
# RESTIC_FROM is the folder that it runs in.
# The secrets in its environment are safe from other processes of that user: it holds one capability, a harmless one, and the kernel lets
# nobody look into a process that may do what he may not.
restic_at() (
  repository="$1" service="$2"
  shift 2
  owner="$(jq -r .dataset.owner "$FLEET_ETC/services/$service.json")"
  cache="${RESTIC_CACHE_DIR:-/var/cache/fleet/restic}"
  [[ -d "$cache/$owner" ]] || {
    install -d -m 0711 "$cache"
    install -d -o "$owner" -m 0700 "$cache/$owner"
  }
  capability=-all,+net_bind_service drop=()
  if (("$(id -u "$owner")" != EUID)); then
    drop=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --init-groups --no-new-privs
    "--bounding-set=$capability" "--inh-caps=$capability" "--ambient-caps=$capability" --)
  fi
  mapfile -t exported < <(compgen -e)
  export -n "${exported[@]}"
  export PATH LC_ALL=C HOME=/nonexistent RESTIC_CACHE_DIR="$cache/$owner" RESTIC_PASSWORD AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION
  RESTIC_PASSWORD="$(<"$FLEET_ETC/restic.password")"
  cd /
  exec "${drop[@]}" env -C "${RESTIC_FROM:-/}" restic -q -o s3.bucket-lookup=path -r "$repository" "$@"
)

# key_fingerprint: which key the backups can be opened with; published with every heartbeat.
key_fingerprint() { printf '%s' "$(<"$RECIPIENT")" | sha256sum | cut -c1-16; }

# age_keys: what litestream encrypts with, and opens with, as JSON.
# The identity is needed for writing too: after a restart litestream reads its last segment to find its place.
age_keys() {
  jq -n --rawfile recipient "$RECIPIENT" --rawfile identity "$IDENTITY" \
    '{recipients: [$recipient | rtrimstr("\n")], identities: [$identity | split("\n")[] | select(startswith("AGE-SECRET-KEY-"))]}'
}

# database_folders: the folders of the store that databases are shipped to, one a line, oldest first: one, and two while `rotate` runs. Their
# names are numbers that only grow, because a clock may be set back.
database_folders() {
  local file="$FLEET_VAR/state/$INCARNATION/database-folders"
  if [[ -s "$file" ]]; then cat "$file"; else printf '%08d\n' 0; fi
}

# litestream_replicas SERVICE: the replica settings of a database as JSON, one for each folder, which is also its name.
litestream_replicas() {
  database_folders | jq -Rn --arg bucket "$FLEET_BUCKET" --arg endpoint "$RCLONE_CONFIG_STORE_ENDPOINT" --arg region "$RCLONE_CONFIG_STORE_REGION" --arg path "$INCARNATION/$1/database" --argjson age "$(age_keys)" \
    '[inputs | {name: ., type: "s3", bucket: $bucket, path: "\($path)/\(.)", endpoint: $endpoint, region: $region, "force-path-style": true, age: $age}]'
}

# litestream_fetched DATABASE FOLDER: settings that know the replica in a folder only, as JSON.
litestream_fetched() {
  jq -n --arg database "$1" --arg path "$2" --argjson age "$(age_keys)" '{dbs: [{path: $database, replicas: [{type: "file", path: $path, age: $age}]}]}'
}
