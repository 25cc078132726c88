# shellcheck shell=bash
# Shared by what sends distress signals: as the user whose folders these are.

# drop_signal USER HOME NAME: the signal on stdin. Written elsewhere and moved, so that nobody reads half of it.
drop_signal() {
  # shellcheck disable=SC2016 # the inner shell expands
  as_owner "$1" sh -euc 'cat >"$1/$2.new"; mv "$1/$2.new" "$1/outbox/$2"' drop "$2" "$3"
}

# end_signal USER HOME NAME: nobody is to be called at the deadline of what is over.
end_signal() { as_owner "$1" touch "$2/resolved/$3"; }
