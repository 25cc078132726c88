# shellcheck shell=bash
# poll SECONDS WHAT COMMAND...: repeats the command until it succeeds. When the time is over it fails and says what it waited for, and what
# the command last wrote to standard error.
poll() {
  local end=$((SECONDS + $1)) what=$2 said
  shift 2
  until { said=$("$@" 3>&2 2>&1 >&3); } 2>/dev/null; do
    if ((SECONDS >= end)); then
      printf 'gave up waiting for %s: %s\n' "$what" "${said##*$'\n'}" >&2
      return 1
    fi
    sleep 0.1
  done
}
