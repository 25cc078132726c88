# shellcheck shell=bash
# Shared by the scripts of the repository mirror, all of which run as the owner of the repositories: where these are, and git to the second
# place.
# shellcheck source=../../lib/common.sh
. "${FLEET_LIB:-/usr/local/lib/fleet}/lib/common.sh"
# shellcheck source=../../lib/http.sh
. "$FLEET_LIB/lib/http.sh"

: "${MIRROR_ROOT:?is set by the unit}" "${MIRROR_STATE:?}" "${MIRROR_URL:?}" "${MIRROR_USER:?}"
MIRRORED_REFS=(refs/heads refs/tags)

mirror_token() { [[ -n "${MIRROR_TOKEN:-}" ]] || fail 1 "there is no token for $MIRROR_URL; set the secret fleet:mirrorToken and bring the stack up to date"; }
authorization() { printf 'Authorization: Basic %s' "$(printf '%s:%s' "$MIRROR_USER" "${MIRROR_TOKEN:-}" | base64 -w 0)"; }

# The token is for the second place and for no other, and never among arguments.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=1
export GIT_CONFIG_KEY_0="http.$MIRROR_URL/.extraHeader"
GIT_CONFIG_VALUE_0="$(authorization)"
export GIT_CONFIG_VALUE_0

# mirror_git REPOSITORY ARGS...: git on a repository of the forge.
mirror_git() {
  local repository="$1"
  shift
  timeout 600 git --git-dir="$MIRROR_ROOT/$repository" "$@"
}

# repositories: those of the forge as OWNER/NAME.git. A wiki is a repository too.
repositories() { find "$MIRROR_ROOT" -mindepth 2 -maxdepth 2 -type d -name '*.git' -printf '%P\n' | sort; }

# place REPOSITORY: its name in the second place, where one account holds those of all owners.
place() { printf '%s\n' "${1/\//__}"; }

refs_of() { mirror_git "$1" for-each-ref --sort=refname --format='%(objectname) %(refname)' "${MIRRORED_REFS[@]}"; }

# mirrored_refs REPOSITORY: the same, as the second place has them.
mirrored_refs() { mirror_git "$1" ls-remote --refs "$MIRROR_URL/$(place "$1")" 'refs/heads/*' 'refs/tags/*' | tr '\t' ' ' | sort -k 2; }
