# shellcheck shell=bash
# Units of a plan on this host.

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
