# shellcheck shell=bash
# Debian packages and artifacts. Both do nothing when what is wanted is there.

# packages_missing NAMES...: prints those that are not installed.
packages_missing() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    awk 'wanted {if (!($1 in have)) print; next} $1 == "installed" {have[$2]}' - wanted=1 <(printf '%s\n' "$@")
}

# How long apt waits for other programs: an upgrade of the machine's own may take minutes.
APT_WAIT_SECONDS="${FLEET_APT_WAIT_SECONDS:-300}"
FIRST_BOOT_SECONDS="${FLEET_FIRST_BOOT_SECONDS:-300}"
readonly APT_NOT_FREE=75

# apt ARGS...: waits, within bounds, for whoever else works with apt, and says who that is; ends with APT_NOT_FREE when the time is over.
# apt-get itself waits for dpkg's locks only, not for that of the lists. Meanwhile apt's daily run (apt-daily, apt-daily-upgrade, and
# unattended-upgrades, which they start) is kept out by its own lock, which ends with the command: security updates go on whatever
# becomes of this script.
apt() {
  local deadline=$((SECONDS + APT_WAIT_SECONDS)) state said status holder told=""
  state="$(apt-config shell state Dir::State/d | cut -d "'" -f 2)"
  said="$(mktemp "$FLEET_RUN/apt.XXXXXX")"
  while true; do
    status=0
    without_daemons flock --nonblock --close --conflict-exit-code "$APT_NOT_FREE" "$state/daily_lock" \
      env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y "${APT_OPTIONS[@]}" "$@" >"$said" 2>&1 || status=$?
    cat "$said" >>"$FLEET_VAR/apt.log"
    if ((status == APT_NOT_FREE)); then
      holder="apt's daily run is on; see journalctl -u 'apt-daily*'"
    elif ((status != 0)) && holder="$(grep -om 1 'Could not get lock .*' "$said")"; then
      status="$APT_NOT_FREE"
    else
      break
    fi
    [[ "$told" == "$holder" ]] || log "waiting until apt is free, for $((deadline - SECONDS)) s at most: $holder"
    told="$holder"
    ((SECONDS < deadline)) || break
    sleep 0.5
  done
  if ((status != 0)); then grep -E -m 5 '^[EW]:' "$said" >&2 || true; fi # nothing to quote
  rm -f "$said"
  return "$status"
}

# gz: unpacking the index takes half the time of xz.
APT_OPTIONS=(
  -o Acquire::Retries=3 -o Acquire::Languages=none -o Acquire::CompressionTypes::Order::=gz -o Dpkg::Use-Pty=0
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io -o APT::Install-Recommends=false
)

# without_daemons COMMAND...: packages installed by the command start no service of their own. Only while it runs: what others upgrade
# meanwhile is to be started anew.
without_daemons() {
  local policy="${FLEET_POLICY_RC:-/usr/sbin/policy-rc.d}" mine=no status=0
  # One that a killed run left is ours too.
  if [[ ! -e "$policy" ]] || cmp -s "$FLEET_LIB/etc/policy-rc.d" "$policy"; then
    install -m 0755 "$FLEET_LIB/etc/policy-rc.d" "$policy"
    mine=yes
  fi
  "$@" || status=$?
  [[ "$mine" == no ]] || rm -f "$policy"
  return "$status"
}

# install_packages NAMES...: one caller at a time; what another one has brought meanwhile is there for the next.
install_packages() {
  local missing
  mapfile -t missing < <(packages_missing "$@")
  ((${#missing[@]})) || return 0
  install -d -m 0755 "$FLEET_VAR"
  with_lock packages 900 install_missing "$@"
}

install_missing() {
  local missing known="$FLEET_RUN/apt-updated" status=0
  mapfile -t missing < <(packages_missing "$@")
  ((${#missing[@]})) || return 0
  await_first_boot
  # What was asked for within the hour need not be asked for again.
  if [[ -n "$(find "$known" -mmin -60 2>/dev/null)" ]] && apt install "${missing[@]}"; then return 0; fi
  # A fresh machine knows no packages yet; one that does may know versions that are gone from the mirror. An archive that fails need not be
  # one that is needed.
  apt update || status=$?
  ((status == 0 || status == APT_NOT_FREE)) || log "not every package list could be fetched, see above; going on with those that were"
  if ((status == APT_NOT_FREE)) || ! apt install "${missing[@]}"; then
    fail 1 "apt could not install ${missing[*]}; see above and $FLEET_VAR/apt.log, then run this again"
  fi
  ((status != 0)) || touch "$known"
}

# await_first_boot: what the provider does at the first boot, apt included, has an end. However it ends, that is told and is no failure of
# this host's.
await_first_boot() {
  local status=0 said
  command -v cloud-init >/dev/null || return 0
  said="$(timeout --kill-after=5 "$FIRST_BOOT_SECONDS" cloud-init status --wait 2>&1)" || status=$?
  case "$status" in
    0) ;;
    124 | 137) log "the first boot is not over after $FIRST_BOOT_SECONDS s; going on, see cloud-init status --long" ;;
    *) log "the first boot ended with ${said##*status: }; going on, see cloud-init status --long" ;;
  esac
}

# A transfer that stalls or breaks off is tried again.
download() { curl -fsS --retry 3 --retry-all-errors --connect-timeout 5 --speed-time 15 --speed-limit 100 --max-time 300 -o "$2" "$1"; }

# check_sum FILE SUMS NAME: compares with the line of SUMS that holds NAME, or with its first word.
check_sum() {
  local file="$1" sums="$2" name="$3" expected
  expected="$(awk -v name="$name" 'NR == 1 {first = $1} index($0, name) {found = $1; exit} END {print found ? found : first}' "$sums")"
  # Some projects publish SHA-512. openssl, because it uses the processor's instructions for this: sha256sum takes five times as long.
  case "${#expected}" in
    64) [[ "$(openssl dgst -sha256 -r "$file")" == "${expected,,} "* ]] ;;
    128) [[ "$(openssl dgst -sha512 -r "$file")" == "${expected,,} "* ]] ;;
    *) return 1 ;;
  esac
}

# install_artifact MIRROR NAME VERSION URL SHA256URL PACKED MEMBER: from the mirror, or the official place if MIRROR is `-`.
install_artifact() (
  set -euo pipefail
  mirror="$1" name="$2" version="$3" url="$4" sums="$5" packed="$6" member="$7"
  marker="/usr/local/share/fleet/artifacts/$name"
  [[ "$(cat "$marker" 2>/dev/null)" == "$version" ]] && exit 0
  work="$(mktemp -d /usr/local/.fleet-artifact.XXXXXX)"
  trap 'rm -rf "$work"' EXIT
  if [[ "$mirror" == - && "$packed" == mirror-only ]]; then
    fail 1 "nobody publishes a binary of $name $version: set fleet:artifactMirror to a mirror that has $name-$version.tar, laid out from /usr/local"
  elif [[ "$mirror" == - && "$packed" == pypi ]]; then
    python3 -m pip install --quiet --disable-pip-version-check --break-system-packages --target "$work/tree/share/$name" "$name==$version" >>"$FLEET_VAR/pip.log" 2>&1 ||
      fail 1 "$name $version could not be installed from the Python index; see $FLEET_VAR/pip.log"
    tar -C "$work/tree" -cf - . | tar -C /usr/local --no-same-owner -xf -
    mkdir -p "$(dirname "$marker")"
    printf '%s\n' "$version" >"$marker"
    exit 0
  fi
  if [[ "$mirror" != - ]]; then
    url="$mirror/$name-$version.tar" sums="$mirror/$name-$version.tar.sha256" packed=tree
  fi
  download "$url" "$work/download" || fail 1 "artifact $name $version could not be downloaded from $url; check the mirror or the network"
  download "$sums" "$work/sums" || fail 1 "the checksum of $name $version could not be downloaded from $sums"
  check_sum "$work/download" "$work/sums" "$(basename "$url")" ||
    fail 1 "artifact $name $version from $url does not match the checksum at $sums; nothing was installed"
  case "$packed" in
    tree) tar -C /usr/local --no-same-owner -xf "$work/download" ;;
    binary) install -m 0755 "$work/download" "/usr/local/bin/$name" ;;
    tar.gz)
      tar -C "$work" --no-same-owner -xzf "$work/download" "$member"
      install -m 0755 "$work/$member" "/usr/local/bin/$name"
      ;;
    zip)
      python3 -m zipfile -e "$work/download" "$work/zip"
      install -m 0755 "$work/zip/$member" "/usr/local/bin/$name"
      ;;
    *) fail "$EXIT_USAGE" "artifact $name is packed as '$packed', which is not known" ;;
  esac
  mkdir -p "$(dirname "$marker")"
  printf '%s\n' "$version" >"$marker"
)

# install_artifacts: all artifacts on stdin (one a line, as lib/manifest.py prints them), in parallel.
install_artifacts() {
  local line pids=()
  while IFS= read -r line; do
    IFS=$'\t' read -r -a fields <<<"$line"
    install_artifact "${fields[@]}" &
    pids+=($!)
  done
  wait_all "${pids[@]}"
}
