# shellcheck shell=bash
# Shared by the hooks of gitea: its command line and its database, both as its own user.
# shellcheck source=../../lib/common.sh
. "${FLEET_LIB:-/usr/local/lib/fleet}/lib/common.sh"
# shellcheck source=../../lib/http.sh
. "$FLEET_LIB/lib/http.sh"

GITEA_INI=/etc/gitea/app.ini
read_plan "$1"
OWNER="$(plan .dataset.owner)"
DATABASE="$(plan .dataset.database.path)"
REPOSITORIES="$(plan .dataset.repositories.root)"
DATA="$(dirname "$DATABASE")"
export REPOSITORIES DATA

gitea() {
  local home
  home="$(plan '.users[0].home')"
  as_owner "$OWNER" env HOME="$home/home" GITEA_WORK_DIR="$home" gitea --config "$GITEA_INI" "$@"
}

# query SQL: rows tab-separated. Waits for other writers.
query() { as_owner "$OWNER" sqlite3 -bail -cmd '.timeout 10000' -separator $'\t' "$DATABASE" "$1"; }

token_header() { printf 'header = "Authorization: token %s"\n' "$1"; }
