#!/usr/bin/env bash
# gitea-api.sh issue create OWNER/REPOSITORY TITLE BODY | issue close OWNER/REPOSITORY NUMBER
# Work on the forge with the fleet's token, as the runbook's step 9 uses it. The token is read from FORGE_TOKEN_FILE, or ~/.config/gitea/token.
set -euo pipefail
# shellcheck source=../../lib/common.sh
. "${FLEET_LIB:-/usr/local/lib/fleet}/lib/common.sh"
# shellcheck source=../../lib/http.sh
. "$FLEET_LIB/lib/http.sh"

usage() { fail "$EXIT_USAGE" "usage: gitea-api.sh issue create OWNER/REPOSITORY TITLE BODY | issue close OWNER/REPOSITORY NUMBER"; }
[[ "${1:-}" == issue && "${3:-}" =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || usage
token="${FORGE_TOKEN_FILE:-$HOME/.config/gitea/token}" url="${FORGE_URL:-http://127.0.0.1:3000}/api/v1/repos/$3/issues"
[[ -r "$token" ]] || fail 1 "there is no token at $token; start api-token.service, or put one there"
header="$(printf 'header = "Authorization: token %s"\n' "$(<"$token")")"
body="$(mktemp)"
trap 'rm -f "$body"' EXIT
case "$2" in
  create)
    [[ $# -eq 5 ]] || usage
    jq -n --args '{title: $ARGS.positional[0], body: $ARGS.positional[1]}' "$4" "$5" >"$body"
    number="$(http POST "$url" "$header" "$body" | jq -r .number)"
    [[ "$number" =~ ^[0-9]+$ ]] || fail 1 "the forge made no issue in $3; see above"
    printf 'Issue #%s created\n' "$number"
    ;;
  close)
    [[ $# -eq 4 && "$4" =~ ^[0-9]+$ ]] || usage
    printf '{"state":"closed"}' >"$body"
    http PATCH "$url/$4" "$header" "$body" >/dev/null || fail 1 "issue $4 of $3 could not be closed; see above"
    printf 'Issue #%s closed\n' "$4"
    ;;
  *) usage ;;
esac
