# shellcheck shell=bash
# Shared ground of every host script: paths, errors, locks, and running as the owner of the data.
# Each script sources this file first. Paths can be moved for tests; on a host they never are.

FLEET_LIB="${FLEET_LIB:-/usr/local/lib/fleet}"
FLEET_ETC="${FLEET_ETC:-/etc/fleet}"
FLEET_VAR="${FLEET_VAR:-/var/lib/fleet}"
FLEET_RUN="${FLEET_RUN:-/run/fleet}"
UNIT_DIR="${FLEET_UNIT_DIR:-/etc/systemd/system}"
export FLEET_LIB FLEET_ETC FLEET_VAR FLEET_RUN UNIT_DIR
# FLEET_PATH: stand-ins of a test.
export PATH="${FLEET_PATH:+$FLEET_PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL=C
umask 022
shopt -s inherit_errexit

# Exit codes, the same in every script.
readonly EXIT_USAGE=2
readonly EXIT_RESTORE_POINT_EXISTS=3
readonly EXIT_NOTHING_TO_RESTORE=4
readonly EXIT_NEWER_DATA=5
export EXIT_USAGE EXIT_RESTORE_POINT_EXISTS EXIT_NOTHING_TO_RESTORE EXIT_NEWER_DATA

PROGRAM="${0##*/}"

# log SENTENCE: progress, on stderr, so that stdout stays machine-readable.
log() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }

# fail CODE SENTENCE: one clear sentence with what to do, then exit.
fail() {
  local code="$1"
  shift
  printf '%s: error: %s\n' "$PROGRAM" "$*" >&2
  exit "$code"
}

# alarm SENTENCE: to the journal with priority err, where monitoring looks.
alarm() {
  log "$*"
  # A host without a journal (a test) has no one else to tell.
  logger -p daemon.err -t "fleet-$PROGRAM" -- "$*" 2>/dev/null || true # no journal: it is on standard error as well
}

# What nobody foresaw still says where it happened. Only where, never the values.
set -o errtrace
unforeseen() {
  local status="$1"
  ((BASH_SUBSHELL > 0)) || log "error: stopped at line $2 of $3 with exit code $status; what failed is told above"
}
trap 'unforeseen "$?" "$LINENO" "${BASH_SOURCE[0]}"' ERR

now_ms() { printf '%s\n' $((${EPOCHREALTIME/./} / 1000)); }

# rfc3339 MILLISECONDS
rfc3339() { date -u -d "@$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))" +%Y-%m-%dT%H:%M:%S.%3NZ; }

# write_file PATH MODE: replaces PATH with stdin, in one step.
write_file() {
  local path="$1" mode="$2" temporary
  mkdir -p "$(dirname "$path")"
  temporary="$(mktemp "$path.XXXXXX")"
  cat >"$temporary"
  chmod "$mode" "$temporary"
  mv -f "$temporary" "$path"
}

# with_lock NAME SECONDS COMMAND...: at most one at a time for NAME; fails after SECONDS of waiting.
# Not to be called in a condition (`||`, `if`): bash would switch errexit off inside the command.
with_lock() {
  local name="$1" seconds="$2" descriptor
  shift 2
  [[ -d "$FLEET_RUN" ]] || install -d -m 0755 "$FLEET_RUN"
  exec {descriptor}>"$FLEET_RUN/$name.lock"
  flock -w "$seconds" "$descriptor" ||
    fail 1 "another run holds $FLEET_RUN/$name.lock for more than $seconds s; wait for it, or look at what it hangs on"
  "$@"
  exec {descriptor}>&-
}

# as_owner USER [NAME=VALUE...] COMMAND...: everything that touches what a service's user can change runs through here: as that user, in an
# environment of its own without any secret of the host. So a link, a pipe or a crafted repository does no more than its owner could anyway,
# and nothing that is root's is left beside the data. Root takes from it what comes out of a pipe, into folders that no such user can enter.
as_owner() {
  local OWNER_COMMAND
  owner_command "$1"
  shift
  "${OWNER_COMMAND[@]}" "$@"
}

# owner_command USER: sets OWNER_COMMAND to the words that as_owner puts before a command, for one that runs in the background and is to be
# ended by its own number.
owner_command() {
  local user="$1" ids drop=()
  ids="$(id "$user")" || fail 1 "there is no user $user on this host; run install again"
  [[ "$ids" =~ ^uid=([0-9]+)[^\ ]*\ gid=([0-9]+) ]]
  if ((BASH_REMATCH[1] != EUID)); then
    drop=(setpriv --reuid "$user" --regid "${BASH_REMATCH[2]}" --init-groups --inh-caps=-all --bounding-set=-all --no-new-privs --)
  fi
  OWNER_COMMAND=("${drop[@]}" env -i -C / "PATH=$PATH" LC_ALL=C HOME=/nonexistent "${OWNER_GIT[@]}")
}
# What git looks at beside the repository, and what it may do on its own account: nothing.
OWNER_GIT=(GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1)

# owners_shell USER "FUNCTIONS" "VARIABLES" COMMAND...: the command, made of these functions and variables of this script, as_owner.
owners_shell() {
  local user="$1" functions="$2" variables="$3"
  shift 3
  # shellcheck disable=SC2086 # lists of names
  as_owner "$user" bash -euo pipefail -c "$(declare -f $functions); $(declare -p $variables); \"\$@\"" "$PROGRAM" "$@"
}

# empty_owned USER FOLDER: takes away what is in a folder of the user's.
empty_owned() {
  # shellcheck disable=SC2016 # the inner shell expands
  as_owner "$1" bash -euc 'shopt -s dotglob nullglob; cd "$1"; set -- *; if (($#)); then rm -rf -- "$@"; fi' empty "$2"
}

# owner_scratch USER: a folder for the work of as_owner, beside the data of no service.
owner_scratch() {
  [[ -d "$FLEET_VAR/tmp/$1" ]] || {
    install -d -m 0711 "$FLEET_VAR/tmp"
    install -d -o "$1" -g "$(id -gn "$1")" -m 0700 "$FLEET_VAR/tmp/$1"
  }
  printf '%s\n' "$FLEET_VAR/tmp/$1"
}

# read_owned USER PATH: prints a small file of a service. Bounded, because there may be a pipe that nobody writes to, or no end, in its place.
read_owned() { as_owner "$1" timeout 10 head -c 1048576 -- "$2"; }

# read_plan SERVICE: sets PLAN to the path of the installed plan, or fails.
read_plan() {
  [[ "$1" =~ ^[a-z][a-z0-9-]*$ ]] || fail "$EXIT_USAGE" "'$1' is not a service name; use the name from the plan, e.g. gitea"
  PLAN="$FLEET_ETC/services/$1.json"
  [[ -s "$PLAN" ]] || fail 1 "service $1 is not installed here ($PLAN is missing); run install $1 first"
}

# plan FILTER: reads from the plan of the service at hand.
plan() { jq -r "$1" "$PLAN"; }

# load_plan: what nearly every script needs of the plan at hand, in one reading that is remembered until the plan changes: each jq takes
# longer than most of the work. Sets KIND, HOOKS, OWNER, DATABASE, ROOT, ROOT_MODE, USER_HOME, HEALTH_URL, HEALTH_UNIT
# (empty where there is none) and the lists PARTS, STARTED_UNITS, FILE_PATHS, FILE_EXCLUDES, PLANNED_FILES, PACKAGES.
load_plan() {
  local known moments remembered="" values
  known="$FLEET_RUN/plans/$(basename "$PLAN" .json)"
  # Of the plan, and of what reads it. Taken first, so that a plan that is put there meanwhile is never taken for the one that was read.
  moments="# $(stat -c %.9Y "$PLAN" "${BASH_SOURCE[0]}" | paste -sd/)"
  if [[ -e "$known" ]]; then read -r remembered <"$known" || true; fi # an empty file is no memory
  if [[ "$remembered" != "$moments" ]]; then
    values="$(jq -r '
      def list($name; $values): "\($name)=(\([$values[] | @sh] | join(" ")))";
      (.dataset // {}) as $data | ($data.files // {}) as $files
      | ({KIND: .kind, HOOKS: " \((.hooks // []) | join(" ")) ", OWNER: $data.owner, DATABASE: $data.database.path, ROOT: $data.repositories.root,
          ROOT_MODE: ([(.directories // [])[] | select(.path == $data.repositories.root).mode][0] // "0750"),
          USER_HOME: (.users // [])[0].home, HEALTH_URL: .health.url, HEALTH_UNIT: .health.unit} | to_entries[] | "\(.key)=\(.value // "" | @sh)"),
        list("PARTS"; $data | keys_unsorted - ["owner"]),
        list("STARTED_UNITS"; [.units[] | select(.start) | .name]),
        list("FILE_PATHS"; $files.paths // []), list("FILE_EXCLUDES"; $files.exclude // []),
        list("PLANNED_FILES"; [.files[].path]), list("PACKAGES"; .packages)
    ' "$PLAN")"
    printf '%s\n' "$moments" "$values" | write_file "$known" 0600
  fi
  # Every value is quoted for the shell by jq.
  # shellcheck source=/dev/null
  . "$known"
}

# installed_services: names of all installed services.
installed_services() {
  local file
  for file in "$FLEET_ETC"/services/*.json; do
    [[ -e "$file" ]] && basename "$file" .json
  done
  return 0
}

# run_hook SERVICE HOOK [BASEURL]: runs the hook of the service's kind if the loaded plan names it.
# A named hook that is missing is an error.
run_hook() {
  local service="$1" hook="$2" path
  shift 2
  [[ "$HOOKS" == *" $hook "* ]] || return 0
  path="$FLEET_LIB/services/$KIND/$hook"
  [[ -x "$path" ]] || fail 1 "the plan of $service names the hook $hook, but $path is missing; copy host again"
  "$path" "$service" "$@"
}

# wait_all PIDS...: waits for every one of them; fails when one failed.
wait_all() {
  local pid status=0
  for pid in "$@"; do wait "$pid" || status=1; done
  return "$status"
}

# poll SECONDS COMMAND...: repeats the command until it succeeds; fails when the time is over.
poll() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}
