# shellcheck shell=bash
# What makes a machine a host of the fleet: users, name, keys, firewall, journal, and the files in /etc/fleet.

# add_user NAME HOME SHELL: a system user; an existing one keeps its number, and its home as it is: a plan may have made that root's, because of the
# keys in it.
add_user() {
  local name="$1" home="$2" shell="$3"
  if ! id -u "$name" >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$home" --no-create-home --shell "$shell" "$name"
  elif [[ -d "$home" ]]; then
    return 0
  fi
  install -d -o "$name" -g "$name" -m 0750 "$home"
}

# add_users_of LIST: name, home and shell of a user on each line, tab-separated. One caller at a time: a host is provisioned and its
# first services are installed side by side.
add_users_of() { with_lock users 60 add_each "$1"; }
add_each() {
  local name home shell
  while IFS=$'\t' read -r name home shell; do
    add_user "$name" "$home" "$shell"
  done <"$1"
}

# set_git_template OWNER: the template (git's init.templateDir) that gives every new repository of OWNER the shipping hooks, and OWNER's
# way to the shipping socket.
set_git_template() {
  with_lock users 60 let_ship "$1"
  local hooks="$FLEET_VAR/git-template/hooks"
  install -d -m 0755 "$FLEET_VAR" "$FLEET_VAR/git-template" "$hooks" "$hooks/post-receive.d"
  # Links: every repository follows when the hook changes. The forge's own post-receive runs what lies in post-receive.d.
  ln -sfn "$FLEET_LIB/ship-hook" "$hooks/reference-transaction"
  ln -sfn "$FLEET_LIB/ship-hook" "$hooks/post-receive.d/fleet"
}
let_ship() {
  getent group fleet-ship >/dev/null || groupadd --system fleet-ship
  id -nG "$1" | tr ' ' '\n' | grep -qx fleet-ship || usermod -aG fleet-ship "$1"
}

set_hostname() {
  local name="$1" domain="$2"
  [[ "$(cat /etc/hostname 2>/dev/null)" == "$name" ]] || printf '%s\n' "$name" | write_file /etc/hostname 0644
  hostname "$name"
  # An image may leave all of the file to cloud-init, which leaves it to us.
  {
    grep -q '[[:space:]]localhost\b' /etc/hosts 2>/dev/null || printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n'
    grep -v '^127\.0\.1\.1[[:space:]]' /etc/hosts 2>/dev/null || true # nothing else is in it
    printf '127.0.1.1 %s.%s %s\n' "$name" "$domain" "$name"
  } >/etc/hosts.fleet
  # Not moved: /etc/hosts may be a mount of its own.
  cat /etc/hosts.fleet >/etc/hosts
  rm -f /etc/hosts.fleet
}

# set_operators LINES: one line an actor in root's authorized_keys, marked `fleet:<name>`.
# Lines that are not marked (the key the machine was created with) stay; marked ones that are gone from the declaration go.
set_operators() {
  local file=/root/.ssh/authorized_keys
  install -d -m 0700 /root/.ssh
  {
    { grep -v ' fleet:[^ ]*$' "$file" 2>/dev/null || true; } # no file yet, or no such line
    cat "$1"
  } | awk '{key = $1 " " $2} !NF || !seen[key]++' | write_file "$file" 0600
}

# set_firewall PORTS: checked before it is loaded.
set_firewall() {
  write_file "$FLEET_ETC/ports.nft" 0644 <"$1"
  nft -c -f "$FLEET_LIB/etc/nftables.conf" || fail 1 "the firewall rules do not load; the old ones are untouched. See $FLEET_ETC/ports.nft"
  write_file /etc/nftables.conf 0755 <"$FLEET_LIB/etc/nftables.conf"
  nft -f /etc/nftables.conf
  enable_units nftables.service
}

# limit_journal: how much and how long the journal keeps; it reads that when it starts.
limit_journal() {
  local config=/etc/systemd/journald.conf.d/fleet.conf
  if cmp -s "$FLEET_LIB/etc/journald.conf" "$config"; then return 0; fi
  install -d -m 0755 "${config%/*}"
  write_file "$config" 0644 <"$FLEET_LIB/etc/journald.conf"
  systemctl --no-block try-restart systemd-journald.service
}

# write_identity FOLDER: the files in /etc/fleet.
write_identity() {
  local name
  install -d -m 0755 "$FLEET_ETC" "$FLEET_VAR"
  install -d -m 0700 "$FLEET_ETC/services" "$FLEET_ETC/secrets"
  for name in host.json store.env backup.identity restic.password; do write_file "$FLEET_ETC/$name" 0600 <"$1/$name"; done
  write_file "$FLEET_ETC/backup.recipient" 0644 <"$1/backup.recipient"
}

# end_standby: a machine that is no standby any more stages nothing more; what it has staged is for the restore.
end_standby() {
  [[ -e "$FLEET_ETC/standby.json" && "$(jq '.scratch // false' "$FLEET_ETC/host.json")" == false ]] || return 0
  systemctl -q disable --now fleet-stage.timer
  systemctl stop fleet-stage.service
  rm -f "$UNIT_DIR/fleet-stage.timer" "$UNIT_DIR/fleet-stage.service" "$FLEET_ETC/standby.json"
  systemctl daemon-reload
  log "this machine waits no longer"
}
