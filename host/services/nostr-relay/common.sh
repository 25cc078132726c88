# shellcheck shell=bash
# Shared by the hooks of the Nostr relays.
# shellcheck source=../sourced/common.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../sourced/common.sh"

# relay SERVICE: reads the plan; sets RELAY (its address on this host) and JOURNAL (its events, written down).
relay() {
  sourced "$1"
  RELAY="ws://127.0.0.1:$(plan '[.ports[] | select(.scope == "public")][0].port')"
  JOURNAL="$(plan '.dataset.files.paths[0]')/events.jsonl"
  export RELAY JOURNAL
}

# of_journal COMMAND...: as the owner of the journal, who is not the relay's own user.
of_journal() { as_owner "$(plan .dataset.owner)" "$@"; }

# speak PROGRAM ARGUMENTS...: one of the programs beside this file, as the owner of the journal.
speak() {
  local program="$1"
  shift
  of_journal python3 -B "$FLEET_LIB/services/nostr-relay/$program" "$@"
}

# Only a relay that runs from the forge may have to wait for its source.
waits() { [[ "$(plan '.source != null')" == true ]] && waits_for_source "$1"; }
