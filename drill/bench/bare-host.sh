#!/usr/bin/env bash
# The half of bare-rebuild.sh that runs on the new host: packages and binaries side by side, then everything that is restored
# side by side, then the checks beside the start of the services, then a trial of them.
set -euo pipefail
cd /root/rebuild
set -a
# shellcheck source=/dev/null
. ./settings
set +a
say() { printf '%s %s\n' "$(date +%s%3N)" "$*"; }
# shellcheck source=plain-restore.sh
. ./plain-restore.sh
# shellcheck source=poll.sh
. ./poll.sh

packages() {
  export DEBIAN_FRONTEND=noninteractive
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 0755 /usr/sbin/policy-rc.d
  # The image's first boot runs apt itself, and holds its locks meanwhile. It ends with 2 where something is to be warned of.
  cloud-init status --wait >/dev/null || (($? == 2))
  apt-get -qq -o Acquire::Languages=none update
  # What the image is not sure to have, as provision installs it, and what the services and their backups need.
  # shellcheck disable=SC2086 # a list
  apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io install ca-certificates curl nftables openssl $PACKAGES >/dev/null
}
binary() {
  local name packed url sum member
  IFS='|' read -r name packed url sum member <<<"$1"
  curl -fsSL -o "$name.download" "$url"
  [[ "$(sha256sum "$name.download" | cut -d' ' -f1)" == "$sum" ]]
  case "$packed" in
    tar.gz) tar -xzf "$name.download" -O "$member" >"/usr/local/bin/$name" ;;
    zip) python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' "$name.download" "$member" >"/usr/local/bin/$name" ;;
    *) mv "$name.download" "/usr/local/bin/$name" ;;
  esac
  chmod 0755 "/usr/local/bin/$name"
}
binaries() {
  local name pids=()
  # The image has no curl: it is one of the packages.
  poll 300 'curl to be installed' curl --version
  for name in $BINARIES; do
    binary "$name" &
    pids+=($!)
  done
  for name in "${pids[@]}"; do wait "$name"; done
}

proxy_files() { files reverse-proxy; }
services() {
  systemctl daemon-reload
  systemctl -q enable --now gitea caddy
  poll 120 'the forge to answer' curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:3000/api/healthz
}

# What the program tries too before a name moves: a commit, an issue, and the certificate.
forge() { curl -fsS -H "Authorization: token $FORGE_TOKEN" -H 'Content-Type: application/json' "$@"; }
here=http://127.0.0.1:3000/api/v1/repos/$TRANSACTIONS
commit() {
  local file
  file=$here/contents/by-hand-$(date +%s%N)
  forge -o /dev/null -d '{"message":"by hand","content":"YnkgaGFuZAo="}' "$file"
  [[ "$(forge "$file" | jq -r .content)" == YnkgaGFuZAo= ]]
}
issue() {
  local number
  number=$(forge -d '{"title":"by hand"}' "$here/issues" | jq -r .number)
  [[ "$(forge "$here/issues/$number" | jq -r .title)" == 'by hand' ]]
  forge -o /dev/null -X PATCH -d '{"state":"closed"}' "$here/issues/$number"
}
certificate() { curl -fsS -o /dev/null --cacert ca.pem --resolve "$PUBLIC_NAME:443:127.0.0.1" "https://$PUBLIC_NAME/"; }

each packages binaries
say "packages and binaries"
useradd --system --user-group --home-dir /var/lib/gitea --shell /bin/bash gitea
useradd --system --user-group --home-dir /var/lib/caddy --shell /usr/sbin/nologin caddy
install -d -o gitea -g gitea -m 0750 /var/lib/gitea /var/lib/gitea/{custom,data,home,data/gitea-repositories,data/lfs,data/attachments}
install -d -o caddy -g caddy -m 0750 /var/lib/caddy
each database repositories forge_files proxy_files
chown -R gitea: /var/lib/gitea
chown -R caddy: /var/lib/caddy
chown -R root:gitea /etc/gitea
chown -R root:caddy /etc/caddy
say "restored"
runuser -u gitea -- env HOME=/var/lib/gitea/home GITEA_WORK_DIR=/var/lib/gitea gitea --config /etc/gitea/app.ini admin regenerate hooks >/dev/null 2>&1
say "hooks"
each whole_database whole_repositories services
say "checked and started"
each commit issue certificate
say "tried"
