# shellcheck shell=bash
# Debian packages. Nothing is done when what is wanted is there.

# packages_missing NAMES...: prints those that are not installed.
packages_missing() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    awk 'wanted {if (!($1 in have)) print; next} $1 == "installed" {have[$2]}' - wanted=1 <(printf '%s\n' "$@")
}

# How long apt waits for other programs: an upgrade of the machine's own may take minutes.
APT_WAIT_SECONDS="${FLEET_APT_WAIT_SECONDS:-300}"
FIRST_BOOT_SECONDS="${FLEET_FIRST_BOOT_SECONDS:-300}"
readonly APT_NOT_FREE=75
# How often packages are tried where not every list could be fetched, and how long apart.
APT_TRIES=4
APT_PAUSE_SECONDS="${FLEET_APT_PAUSE_SECONDS:-5}"

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
  local missing known="$FLEET_RUN/apt-updated" status try
  mapfile -t missing < <(packages_missing "$@")
  ((${#missing[@]})) || return 0
  await_first_boot
  # What was asked for within the hour need not be asked for again.
  if [[ -n "$(find "$known" -mmin -60 2>/dev/null)" ]] && apt install "${missing[@]}"; then return 0; fi
  # A fresh machine knows no packages yet; one that does may know versions that are gone from the mirror. An archive that fails need not be
  # one that is needed, and one that cannot be reached yet (a network that just comes up) is asked again.
  for try in $(seq "$APT_TRIES"); do
    status=0
    # Otherwise an archive that did not answer is a warning, and an update without any list a success.
    apt -o APT::Update::Error-Mode=any update || status=$?
    ((status != APT_NOT_FREE)) || break
    ((status == 0)) || log "not every package list could be fetched, see above; going on with those that were"
    if apt install "${missing[@]}"; then
      ((status != 0)) || touch "$known"
      return 0
    fi
    # What is not in lists that were fetched will not be there the next time.
    if ((status == 0 || try == APT_TRIES)); then break; fi
    sleep "$APT_PAUSE_SECONDS"
  done
  fail 1 "apt could not install ${missing[*]}; see above and $FLEET_VAR/apt.log, then run this again"
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
