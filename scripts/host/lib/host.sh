# shellcheck shell=bash
# What makes a machine a host of the fleet: users, name, keys, firewall, and the files in /etc/fleet.

# check_manifest MANIFEST: everything the store and the host need is there, before anything is written.
check_manifest() {
  local missing
  missing="$(jq -r '
    . as $all
    | ["host.stack", "host.host", "host.incarnation", "host.domain", "host.store.endpoint", "host.store.region", "host.store.bucket",
       "store.accessKey", "store.secretKey", "backup.identity", "backup.recipient", "backup.resticPassword"]
    | map(select(. as $path | ($all | getpath($path | split("."))) | type != "string" or length == 0)) | join(", ")
  ' "$1")" || fail "$EXIT_USAGE" "the manifest on stdin is not the JSON that provision expects"
  [[ -z "$missing" ]] || fail "$EXIT_USAGE" "the manifest on stdin lacks: $missing"
}

# add_user NAME HOME SHELL: a system user; an existing one keeps its number.
add_user() {
  local name="$1" home="$2" shell="$3"
  if ! id -u "$name" >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$home" --no-create-home --shell "$shell" "$name"
  fi
  install -d -o "$name" -g "$name" -m 0750 "$home"
}

# add_users MANIFEST: all of .users.
add_users() {
  local name home shell
  while IFS=$'\t' read -r name home shell; do
    add_user "$name" "$home" "$shell"
  done < <(jq -r '(.users // [])[] | [.name, .home, .shell // "/usr/sbin/nologin"] | @tsv' "$1")
}

set_hostname() {
  local name="$1" domain="$2"
  [[ "$(cat /etc/hostname 2>/dev/null)" == "$name" ]] || printf '%s\n' "$name" | write_file /etc/hostname 0644
  hostname "$name"
  { grep -v '^127\.0\.1\.1[[:space:]]' /etc/hosts || true; printf '127.0.1.1 %s.%s %s\n' "$name" "$domain" "$name"; } >/etc/hosts.fleet
  # Not moved: /etc/hosts may be a mount of its own.
  cat /etc/hosts.fleet >/etc/hosts
  rm -f /etc/hosts.fleet
}

set_nameserver() {
  local server="$1"
  [[ -n "$server" ]] || return 0
  grep -qxF "nameserver $server" /etc/resolv.conf 2>/dev/null && return 0
  rm -f /etc/resolv.conf
  printf 'nameserver %s\noptions timeout:2 attempts:3\n' "$server" | write_file /etc/resolv.conf 0644
}

# set_operators MANIFEST: one line an actor in root's authorized_keys, marked `fleet:<name>`.
# Lines that are not marked (the key the machine was created with) stay; marked ones that are gone from the declaration go.
set_operators() {
  local file=/root/.ssh/authorized_keys
  install -d -m 0700 /root/.ssh
  {
    { grep -v ' fleet:[^ ]*$' "$file" 2>/dev/null || true; }
    jq -r '(.operators // [])[] | (.publicKey | split(" ")[0:2] | join(" ")) + " fleet:" + .name' "$1"
  } | awk '{key = $1 " " $2} !NF || !seen[key]++' | write_file "$file" 0600
}

# set_firewall MANIFEST: checked before it is loaded.
set_firewall() {
  jq -r '
    def ports($protocol): [(.publicPorts // [])[] | select(.protocol == $protocol) | .port | tostring] | unique;
    (ports("tcp") + ["22"] | unique | "add element inet fleet tcp_ports { " + join(", ") + " }"),
    (ports("udp") | select(length > 0) | "add element inet fleet udp_ports { " + join(", ") + " }")
  ' "$1" | write_file "$FLEET_ETC/ports.nft" 0644
  nft -c -f "$FLEET_LIB/etc/nftables.conf" || fail 1 "the firewall rules do not load; the old ones are untouched. See $FLEET_ETC/ports.nft"
  write_file /etc/nftables.conf 0755 <"$FLEET_LIB/etc/nftables.conf"
  nft -f /etc/nftables.conf
  systemctl -q enable nftables.service
}

# write_identity MANIFEST: the files in /etc/fleet.
write_identity() {
  install -d -m 0755 "$FLEET_ETC" "$FLEET_VAR"
  install -d -m 0700 "$FLEET_ETC/services" "$FLEET_ETC/secrets"
  jq '.host' "$1" | write_file "$FLEET_ETC/host.json" 0600
  # @sh quotes for the shell and for systemd's EnvironmentFile alike.
  jq -r '
    {
      RCLONE_CONFIG_STORE_TYPE: "s3", RCLONE_CONFIG_STORE_PROVIDER: "Other",
      RCLONE_CONFIG_STORE_ENDPOINT: .host.store.endpoint, RCLONE_CONFIG_STORE_REGION: .host.store.region,
      RCLONE_CONFIG_STORE_ACCESS_KEY_ID: .store.accessKey, RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: .store.secretKey,
      RCLONE_CONFIG_STORE_FORCE_PATH_STYLE: "true", RCLONE_CONFIG_STORE_NO_CHECK_BUCKET: "true",
      AWS_ACCESS_KEY_ID: .store.accessKey, AWS_SECRET_ACCESS_KEY: .store.secretKey, AWS_DEFAULT_REGION: .host.store.region,
      FLEET_BUCKET: .host.store.bucket, FLEET_PREFIX: .host.incarnation
    } | to_entries[] | "\(.key)=\(.value | @sh)"
  ' "$1" | write_file "$FLEET_ETC/store.env" 0600
  jq -r '.backup.identity' "$1" | write_file "$FLEET_ETC/backup.identity" 0600
  jq -r '.backup.recipient' "$1" | write_file "$FLEET_ETC/backup.recipient" 0644
  jq -r '.backup.resticPassword' "$1" | write_file "$FLEET_ETC/restic.password" 0600
}

# register_incarnation: tells the store that this machine exists and since when; written once.
register_incarnation() {
  local file
  if [[ "$(list "$INCARNATION" | jq 'any(.[]; .Path == "incarnation.json")')" == true ]]; then return 0; fi
  file="$(mktemp)"
  jq --arg at "$(rfc3339 "$(now_ms)")" --rawfile machine /etc/machine-id \
    '{stack, host, incarnation, createdAt: $at, origin: {machineId: ($machine | rtrimstr("\n"))}}' "$FLEET_ETC/host.json" >"$file"
  put "$file" "$INCARNATION/incarnation.json"
  rm -f "$file"
}
