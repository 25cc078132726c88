# shellcheck shell=bash
# Shared by the hooks of services that run from a repository of the forge.
# shellcheck source=../../lib/common.sh
. "${FLEET_LIB:-/usr/local/lib/fleet}/lib/common.sh"
# shellcheck source=../../lib/units.sh
. "$FLEET_LIB/lib/units.sh"

# sourced SERVICE: reads the plan; sets UNIT (its long-running or timed service), SOURCED_USER and SOURCED_HOME.
sourced() {
  read_plan "$1"
  UNIT="$(plan .health.unit)" SOURCED_USER="$(plan '.users[0].name')" SOURCED_HOME="$(plan '.users[0].home')"
  UNIT="${UNIT%.timer}"
  UNIT="${UNIT%.service}.service"
}

run_once() { systemctl start "$UNIT" || fail 1 "$UNIT failed; see journalctl -u $UNIT"; }
timed() { [[ "$(plan .health.unit)" == *.timer ]]; }
# owned COMMAND...: as the user of the service, whose home and checkout these are.
owned() { as_owner "$SOURCED_USER" "$@"; }
# commit_of NAME: the commit that a name of the checkout leads to; empty: there is none.
commit_of() { owned git -C "$SOURCED_HOME/source" rev-parse --quiet --verify "$1^{commit}" 2>/dev/null || true; } # empty: there is none
git_head() { commit_of HEAD; }
source_from() { read_owned "$SOURCED_USER" "$SOURCED_HOME/source.from" 2>/dev/null || true; } # empty: there is none
has_source() { [[ -n "$(source_from)" && -n "$(git_head)" ]]; }

forge_is_here() { [[ "$(plan '.dependsOn | index("gitea") != null')" == true ]]; }
# source_url SERVICE
source_url() { sed -n 's/^SOURCE_URL=//p' "$FLEET_ETC/environment/$1.env"; }
# forge_lacks_source SERVICE: it answers, and serves no such repository or not at its ref. One that does not answer lacks nothing.
forge_lacks_source() {
  local url
  url="$(source_url "$1")"
  [[ "$url" != http* ]] || curl -fsS -o /dev/null --connect-timeout 5 --max-time 20 "${url%/*/*}/api/v1/version" 2>/dev/null || return 1
  ! owned timeout 30 git ls-remote --quiet --exit-code "$url" "$(plan .source.ref)" >/dev/null 2>&1
}

# waits_for_source SERVICE: a forge to which nobody has pushed the repository yet has nothing to run; that is said, and is no failure of this
# host. So it is on an empty start, and on a host that was rebuilt, or is a proof, while its predecessor still waited. A forge on this host was
# restored before, and is asked: what it has will be had.
waits_for_source() {
  has_source && return 1
  if [[ "$(jq -r .bootstrap "$FLEET_VAR/restored/$1.json")" == true ]]; then
    # What runs at set times only tries once, so that it is noted that it waits.
    if timed; then systemctl start "$UNIT" 2>/dev/null || true; fi
    has_source && return 1
  else
    owned test -e "$SOURCED_HOME/source.awaited" || return 1
    if forge_is_here && ! forge_lacks_source "$1"; then return 1; fi
  fi
  log "$1 is waiting for its source: the forge has no repository for it yet"
}

# check_source SERVICE: the checkout is there, at the declared ref, and from the forge where the forge is.
check_source() {
  local ref tag head
  # What runs at set times only would have no checkout before the first of them.
  if timed && ! has_source; then run_once; fi
  poll 60 has_source || fail 1 "$1 has no checkout at $SOURCED_HOME/source after 60 s; see journalctl -u $UNIT"
  ref="$(plan .source.ref)"
  tag="$(commit_of "refs/tags/$ref")" head="$(git_head)"
  [[ -z "$tag" || "$head" == "$tag" ]] || fail 1 "$1 is pinned to $ref, but runs $head; restart $UNIT"
  if [[ "$(source_from)" == bundle ]]; then
    ! forge_is_here || fail 1 "$1 runs from its bundle although the forge is on this host; see journalctl -u $UNIT"
    log "$1 runs from its bundle: the forge does not answer yet, and is asked again at its next start"
  fi
}

# check_running SERVICE: what runs all the time is up and answers; what runs at set times is run once, now.
check_running() {
  local url restarts
  if timed; then
    run_once
    return 0
  fi
  restarts="$(unit_property "$UNIT" NRestarts)"
  url="$(plan '.health.sourcedUrl // empty')"
  if [[ -n "$url" ]]; then
    poll 60 curl -fsS -o /dev/null --max-time 5 "$url" 2>/dev/null || fail 1 "$1 does not answer at $url; see journalctl -u $UNIT"
  fi
  [[ "$(unit_property "$UNIT" ActiveState)" == active ]] || fail 1 "$UNIT is not active; see journalctl -u $UNIT"
  [[ "$(unit_property "$UNIT" NRestarts)" == "$restarts" ]] || fail 1 "$UNIT keeps being restarted; see journalctl -u $UNIT"
}
