#!/usr/bin/env bash
# bare-rebuild.sh KIT: the critical path of a rebuild as a competent operator would run it by hand, with the plain tools and
# without any of this project's programs: the same boot, packages, binaries, restore, checks and first public transaction.
# KIT holds what such a person has at hand (rebuild.ts lays it out): settings, keys, the droplet's description, and under
# host/ what belongs on the host. Without guards, hardening or backups: it is what a rebuild is measured against.
set -euo pipefail

kit=$1
# shellcheck source=/dev/null
. "$kit/settings"
say() { printf '%s %s\n' "$(date +%s%3N)" "$*"; }

api() {
  local method=$1 path=$2
  shift 2
  curl -fsS -X "$method" -H "Authorization: Bearer $DO_TOKEN" -H 'Content-Type: application/json' "$@" "$DO_API/v2/$path"
}

# The name of a socket may have about a hundred characters, and the folder of the kit alone may have more.
sockets=$(mktemp -d /tmp/bare.XXXXXX)
ssh_options=(-i "$kit/key" -o UserKnownHostsFile="$kit/known_hosts" -o StrictHostKeyChecking=yes -o ConnectTimeout=1 -o LogLevel=ERROR
  -o ControlMaster=auto -o ControlPath="$sockets/ssh" -o ControlPersist=60)
trap 'ssh "${ssh_options[@]}" -O exit "root@${address:-none}" 2>/dev/null || true; rm -rf "$sockets"' EXIT
# shellcheck source=poll.sh
. "${BASH_SOURCE[0]%/*}/poll.sh"

droplet=$(api POST droplets -d "@$kit/droplet.json" | jq -r .droplet.id)
is_active() { [[ "$(api GET "droplets/$droplet" | tee "$kit/answer.json" | jq -r .droplet.status)" == active ]]; }
poll 120 "droplet $droplet to become active" is_active
address=$(jq -r '.droplet.networks.v4[] | select(.type == "public") | .ip_address' "$kit/answer.json")
say "droplet $droplet is active"

printf '%s %s\n' "$address" "$HOST_KEY" >"$kit/known_hosts"
poll 120 "an answer of $address by SSH" ssh "${ssh_options[@]}" "root@$address" true
say "ssh answers"
tar -C "$kit/host" -cz . | ssh "${ssh_options[@]}" "root@$address" tar -C / --no-same-owner -xz
ssh "${ssh_options[@]}" "root@$address" bash /root/rebuild/bare-host.sh

action=$(api POST "reserved_ips/$RESERVED_IP/actions" -d "{\"type\":\"assign\",\"droplet_id\":$droplet}" | jq -r .action.id)
is_assigned() { [[ "$(api GET "reserved_ips/$RESERVED_IP/actions/$action" | jq -r .action.status)" == completed ]]; }
poll 60 "the reserved address $RESERVED_IP to lead to droplet $droplet" is_assigned
say "the reserved address leads to it"

public() { curl -fsS --cacert "$kit/ca.pem" --resolve "$PUBLIC_NAME:443:$RESERVED_IP" -H "Authorization: token $FORGE_TOKEN" "$@"; }
number=$(public -H 'Content-Type: application/json' -d '{"title":"by hand"}' "https://$PUBLIC_NAME/api/v1/repos/$TRANSACTIONS/issues" | jq -r .number)
[[ "$(public "https://$PUBLIC_NAME/api/v1/repos/$TRANSACTIONS/issues/$number" | jq -r .title)" == 'by hand' ]]
say "first public transaction: issue $number"
