# shellcheck shell=bash
# Debian packages and artifacts. Both do nothing when what is wanted is there.

# packages_missing NAMES...: prints those that are not installed.
packages_missing() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    awk 'wanted {if (!($1 in have)) print; next} $1 == "installed" {have[$2]}' - wanted=1 <(printf '%s\n' "$@")
}

# gz: unpacking the index takes half the time of xz.
apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y \
    -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 -o Acquire::Languages=none -o Acquire::CompressionTypes::Order::=gz -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io \
    -o APT::Install-Recommends=false "$@" >>"$FLEET_VAR/apt.log" 2>&1
}

# without_daemons COMMAND...: packages installed by the command start no service of their own.
without_daemons() {
  local policy=/usr/sbin/policy-rc.d mine=no status=0
  if [[ ! -e "$policy" ]]; then
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
  with_lock packages 600 install_missing "$@"
}

install_missing() {
  local missing known="$FLEET_RUN/apt-updated"
  mapfile -t missing < <(packages_missing "$@")
  ((${#missing[@]})) || return 0
  # What was asked for within the hour need not be asked for again.
  if [[ -n "$(find "$known" -mmin -60 2>/dev/null)" ]] && without_daemons apt install "${missing[@]}"; then return 0; fi
  # A fresh machine knows no packages yet; one that does may know versions that are gone from the mirror.
  if ! apt update || ! without_daemons apt install "${missing[@]}"; then
    tail -n 5 "$FLEET_VAR/apt.log" >&2
    fail 1 "apt could not install ${missing[*]}; see $FLEET_VAR/apt.log"
  fi
  touch "$known"
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
