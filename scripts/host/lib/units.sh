# shellcheck shell=bash
# Files and units of a plan on this host.

# install_directories PLAN
install_directories() {
  local path owner group mode
  while IFS=$'\t' read -r path owner group mode; do
    install -d -o "$owner" -g "$group" -m "$mode" "$path"
  done < <(jq -r '.directories[] | [.path, .owner, .group, .mode] | @tsv' "$1")
}

# install_files PLAN: contents travel as base64 through a pipe, so that none is in any argument list.
install_files() {
  local path owner group mode content
  while IFS=$'\t' read -r path owner group mode content; do
    mkdir -p "$(dirname "$path")"
    base64 -d <<<"$content" | write_file "$path" 0600
    chown "$owner:$group" "$path"
    chmod "$mode" "$path"
  done < <(jq -r '.files[] | [.path, .owner, .group, .mode, (.content | @base64)] | @tsv' "$1")
}

# install_units PLAN
install_units() {
  local name content
  while IFS=$'\t' read -r name content; do
    base64 -d <<<"$content" | write_file "$UNIT_DIR/$name" 0644
  done < <(jq -r '.units[] | [.name, (.content | @base64)] | @tsv' "$1")
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

# remove_gone OLD NEW: what the installed plan OLD had and the plan NEW no longer has.
remove_gone() {
  local list
  mapfile -t list < <(jq -nr --slurpfile old "$1" --slurpfile new "$2" '[$old[0].units[].name] - [$new[0].units[].name] | .[]')
  remove_units "${list[@]}"
  mapfile -t list < <(jq -nr --slurpfile old "$1" --slurpfile new "$2" '[$old[0].files[].path] - [$new[0].files[].path] | .[]')
  if ((${#list[@]})); then rm -f -- "${list[@]}"; fi
}

# started_units: units of the plan at hand that run while the service runs.
started_units() { plan '.units[] | select(.start) | .name'; }

unit_property() { systemctl show --value -p "$2" "$1"; }
