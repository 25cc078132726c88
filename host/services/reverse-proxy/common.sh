# shellcheck shell=bash
# The proxy's names and their certificates, for its hooks. Caddy keeps certificates in folders of its own user, who reads them here.
# A name is ordered for once there is a file below ORDERED with its name: the Caddyfile imports it. Until its own certificate is there, a
# certificate of Caddy's internal authority is served, which nobody trusts.

PROXY_CONFIG="${PROXY_CONFIG:-/etc/caddy/Caddyfile}"
ORDERED="${ORDERED:-/etc/caddy/ordered}"
# Names that are served without a certificate that is trusted, one a line; the heartbeat tells of them.
export PENDING="$FLEET_VAR/certificates-pending"

# load_proxy SERVICE: its plan, its user and where that keeps certificates.
load_proxy() {
  read_plan "$1"
  export PROXY_USER PROXY_HOME PROXY_UNIT
  IFS=$'\t' read -r PROXY_USER PROXY_HOME PROXY_UNIT < <(plan '[.users[0].name, .users[0].home, .health.unit] | @tsv')
}

# site_names: the names that the proxy serves, without those that only stand in for them.
site_names() {
  as_owner "$PROXY_USER" HOME="$PROXY_HOME" XDG_DATA_HOME="$PROXY_HOME" XDG_CONFIG_HOME="$PROXY_HOME" caddy adapt --config "$PROXY_CONFIG" --adapter caddyfile 2>/dev/null |
    jq -r '[.apps.http.servers[].routes[]?.match[]?.host[]? | select(startswith("*") | not)] | unique[]'
}

# kept_certificates: name and path of every certificate that the proxy keeps and did not sign itself, tab-separated.
kept_certificates() {
  as_owner "$PROXY_USER" find "$PROXY_HOME/certificates" -mindepth 3 -maxdepth 3 -name '*.crt' -not -path '*/local/*' -printf '%f\t%p\n' 2>/dev/null |
    sed -nE 's,^([a-z0-9][a-z0-9.-]*)\.crt\t,\1\t,p'
}

# is_valid CERTIFICATE: its chain ends at an authority that this host trusts, and it has not run out.
is_valid() { as_owner "$PROXY_USER" openssl verify -untrusted "$1" "$1" >/dev/null 2>&1; }

# order NAME: from its next start on, the proxy orders a certificate for the name. Fails when it does so already.
order() {
  [[ ! -e "$ORDERED/$1/tls" ]] || return 1
  install -d -m 0755 "$ORDERED/$1"
  printf 'tls force_automate\n' | write_file "$ORDERED/$1/tls" 0644
}

# is_served NAME CURL-OPTIONS...: the proxy on this host answers HTTP under the name, with a certificate that curl trusts.
is_served() {
  local name="$1"
  shift
  said="$(curl -sS -o /dev/null -w '%{http_code}' --max-time 10 --resolve "$name:443:127.0.0.1" "$@" "https://$name/" 2>&1)" || return 1
  [[ "$said" =~ ^[1-5] ]]
}
