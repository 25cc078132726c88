# shellcheck shell=bash
# A site of the store, for its hooks.
# shellcheck source=../../lib/http.sh
. "$FLEET_LIB/lib/http.sh"

STORE_USER="${STORE_USER:-fleet-store}"
STORE_STATE="${STORE_STATE:-/var/lib/fleet-store}"
export STORE_STATE
PULL_SETTINGS="${PULL_SETTINGS:-/etc/fleet-store/pull.json}"

# pull_from_other: takes from the other site what is not here, as the owner of the folder.
pull_from_other() { as_owner "$STORE_USER" python3 "$FLEET_LIB/services/store/pull.py" "$PULL_SETTINGS"; }

# buckets_here: names of the buckets that this site keeps.
buckets_here() { as_owner "$STORE_USER" find "$STORE_STATE/buckets" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%f\n' 2>/dev/null | sort; }

# of_other: what the other site keeps of its buckets, one a line; fails when it does not answer.
of_other() {
  local from shell
  IFS=$'\t' read -r from shell < <(jq -r '[.from, .ssh] | @tsv' "$PULL_SETTINGS")
  as_owner "$STORE_USER" rsync --timeout=60 --rsh="$shell" --dirs --exclude='/buckets/.*' "${from}buckets/" | awk '$5 != "." {print $5}'
}

# s3 METHOD ADDRESS [FILE]: one request of the store's administrator; the answer is on standard output.
s3() (
  # shellcheck source=/dev/null
  . /etc/fleet-store.env
  file="${3:-/dev/null}"
  sum="$(sha256sum "$file")"
  curl -sS -f --max-time 60 "${TRUST[@]}" -X "$1" --aws-sigv4 "aws:amz:$REGION:s3" -H "x-amz-content-sha256: ${sum%% *}" -H 'Expect:' \
    -K - --data-binary "@$file" "$2" <<<"user = \"$ROOT_ACCESS_KEY:$ROOT_SECRET_KEY\""
)
