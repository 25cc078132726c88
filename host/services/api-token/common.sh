# shellcheck shell=bash
# Shared by the hooks of the API token. The forge's own helpers speak for the forge; the plan at hand is then the token's again.
TOKEN_SERVICE="$1"
set -- gitea
# shellcheck source=../gitea/common.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../gitea/common.sh"

ACCOUNT=fleet-api
SCOPES=write:repository,write:issue,write:user
TOKEN="$(jq -r '.users[0].home' "$FLEET_ETC/services/$TOKEN_SERVICE.json")/token"
USER_NAME="$(jq -r '.users[0].name' "$FLEET_ETC/services/$TOKEN_SERVICE.json")"
API=http://127.0.0.1:3000/api/v1
export ACCOUNT SCOPES TOKEN USER_NAME

token() { read_owned "$USER_NAME" "$TOKEN" 2>/dev/null || true; } # empty: there is none
forge_takes() { [[ "$1" =~ ^[A-Za-z0-9_-]+$ ]] && http GET "$API/user" "$(token_header "$1")" >/dev/null 2>&1; }
