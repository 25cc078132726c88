# shellcheck shell=bash
# HTTP for hooks. Headers that carry a secret go to curl through its standard input, never through its arguments.

# authority: CA file for the fleet's own names: an explicit one, or the reverse proxy's internal CA (drills).
authority() {
  local file
  for file in "$FLEET_ETC/ca.crt" /var/lib/caddy/pki/authorities/local/root.crt; do
    if [[ -s "$file" ]]; then
      printf '%s\n' "$file"
      return 0
    fi
  done
}

# http METHOD URL SECRETS [BODY]: prints the body of a 2xx answer, or fails with the status. SECRETS are lines of a curl
# configuration, e.g. `header = "Authorization: token …"`. BODY is the name of a file with JSON.
http() {
  local method="$1" url="$2" secrets="$3" body="${4:-}" arguments=() answer status file
  file="$(authority)"
  [[ "$url" == https:* && -n "$file" ]] && arguments+=(--cacert "$file")
  [[ -n "$body" ]] && arguments+=(-H 'Content-Type: application/json' --data-binary "@$body")
  answer="$(curl -sS --connect-timeout 5 --max-time 30 -X "$method" -w '\n%{http_code}' "${arguments[@]}" -K - "$url" <<<"$secrets" 2>&1)" || {
    log "$method $url: ${answer%%$'\n'*}"
    return 1
  }
  status="${answer##*$'\n'}"
  [[ "$status" == 2?? ]] || { log "$method $url answered $status"; return 1; }
  printf '%s\n' "${answer%$'\n'*}"
}
