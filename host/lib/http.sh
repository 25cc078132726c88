# shellcheck shell=bash
# HTTP for hooks. Headers that carry a secret go to curl through its standard input, never through its arguments.

# trust_proxy: requests trust the proxy of this host too, also those of hooks that run from here on: for requests to this host's own names, which
# are served with a certificate of its internal authority until there is another. A host without a proxy trusts nobody more.
trust_proxy() {
  local authority
  authority="$(read_owned caddy /var/lib/caddy/pki/authorities/local/root.crt 2>/dev/null)" && [[ -n "$authority" ]] || return 0
  export TRUSTED="$FLEET_RUN/proxy-authority.pem"
  write_file "$TRUSTED" 0644 <<<"$authority"
  TRUST=(--cacert "$TRUSTED" --capath /etc/ssl/certs)
}
# curl's options for what is trusted beside the system's own store.
TRUST=()
if [[ -n "${TRUSTED:-}" ]]; then TRUST=(--cacert "$TRUSTED" --capath /etc/ssl/certs); fi

# is_answered URL: the server answers HTTP, whatever it says. Sets `said` to the status, or to what went wrong.
is_answered() {
  said="$(curl -sS -o /dev/null -w '%{http_code}' --connect-timeout 5 --max-time 30 "${TRUST[@]}" "$1" 2>&1)" || return 1
  [[ "$said" =~ ^[1-5] ]]
}

# http METHOD URL SECRETS [BODY]: prints the body of a 2xx answer, or fails with the status. SECRETS are lines of a curl
# configuration, e.g. `header = "Authorization: token …"`. BODY is the name of a file with JSON.
http() {
  local method="$1" url="$2" secrets="$3" body="${4:-}" arguments=("${TRUST[@]}") answer status
  [[ -n "$body" ]] && arguments+=(-H 'Content-Type: application/json' --data-binary "@$body")
  answer="$(curl -sS --connect-timeout 5 --max-time 30 -X "$method" -w '\n%{http_code}' "${arguments[@]}" -K - "$url" <<<"$secrets" 2>&1)" || {
    log "$method $url: ${answer%%$'\n'*}"
    return 1
  }
  status="${answer##*$'\n'}"
  [[ "$status" == 2?? ]] || {
    log "$method $url answered $status"
    return 1
  }
  printf '%s\n' "${answer%$'\n'*}"
}
