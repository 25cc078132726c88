# shellcheck shell=bash
# Shared by the hooks of gitea: its command line and its database, both as its own user.
# shellcheck source=../../lib/common.sh
. "${FLEET_LIB:-/usr/local/lib/fleet}/lib/common.sh"
# shellcheck source=../../lib/http.sh
. "$FLEET_LIB/lib/http.sh"

GITEA_INI=/etc/gitea/app.ini
read_plan "$1"
load_plan
REPOSITORIES="$ROOT"
DATA="$(dirname "$DATABASE")"
export REPOSITORIES DATA

gitea() { as_owner "$OWNER" HOME="$USER_HOME/home" GITEA_WORK_DIR="$USER_HOME" gitea --config "$GITEA_INI" "$@"; }

# query SQL: rows tab-separated. Waits for other writers.
query() { as_owner "$OWNER" sqlite3 -bail -cmd '.timeout 10000' -separator $'\t' "$DATABASE" "$1"; }

token_header() { printf 'header = "Authorization: token %s"\n' "$1"; }

# The account of the synthetic transaction, and where its token is.
PROBE=fleet-probe
PROBE_TOKEN="$FLEET_VAR/probe/gitea.token"

# new_probe_token: a token of this host's own; those of earlier hosts are revoked. Makes the account where it is missing. Works on the
# database: the forge need not run.
new_probe_token() {
  local label
  label="probe-$(now_ms)"
  if [[ -z "$(query "SELECT id FROM user WHERE lower_name = '$PROBE'")" ]]; then
    gitea admin user create --username "$PROBE" --email "$PROBE@localhost.localdomain" --random-password --must-change-password=false >/dev/null
  fi
  install -d -m 0700 "$(dirname "$PROBE_TOKEN")"
  gitea admin user generate-access-token --username "$PROBE" --token-name "$label" \
    --scopes write:repository,write:issue,write:user --raw | write_file "$PROBE_TOKEN" 0600
  query "DELETE FROM access_token WHERE uid = (SELECT id FROM user WHERE lower_name = '$PROBE') AND name <> '$label'"
}
