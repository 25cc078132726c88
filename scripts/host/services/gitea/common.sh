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

gitea() { as_owner "$OWNER" env HOME="$USER_HOME/home" GITEA_WORK_DIR="$USER_HOME" gitea --config "$GITEA_INI" "$@"; }

# query SQL: rows tab-separated. Waits for other writers.
query() { as_owner "$OWNER" sqlite3 -bail -cmd '.timeout 10000' -separator $'\t' "$DATABASE" "$1"; }

token_header() { printf 'header = "Authorization: token %s"\n' "$1"; }
