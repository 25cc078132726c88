# shellcheck shell=bash
# Units of a plan on this host.

# A reload takes longer than most starts, holds up every login, and is for what systemd has read already: what is new it reads by itself.

# enable_units [--now] NAMES...: without the reload that systemctl adds.
enable_units() { systemctl -q enable --no-reload "$@"; }

# reload_units NAMES...: a reload if one of them is not any more what systemd read. Instances are named by a pattern.
reload_units() {
  (($#)) || return 0
  if systemctl show --value -p NeedDaemonReload "$@" | grep -qx yes; then systemctl daemon-reload; fi
}

# remove_units NAMES...: stops, disables and removes units that belong to no plan any more.
remove_units() {
  local name
  for name in "$@"; do
    if [[ -e "$UNIT_DIR/$name" ]]; then
      systemctl -q disable --now "$name"
      rm -f "$UNIT_DIR/$name"
    fi
  done
}

# started_units: units of the plan at hand that run while the service runs.
started_units() { plan '.units[] | select(.start) | .name'; }

unit_property() { systemctl show --value -p "$2" "$1"; }
