#!/usr/bin/env bash
# The half of bare-rebuild.sh that runs on the new host: packages and binaries side by side, then everything that is restored
# side by side, then the checks beside the start of the services.
set -euo pipefail
cd /root/rebuild
set -a
# shellcheck source=/dev/null
. ./settings
set +a
say() { printf '%s %s\n' "$(date +%s%3N)" "$*"; }
# each JOB...: runs the jobs side by side and fails if one of them does.
each() {
  local job pids=()
  for job in "$@"; do "$job" & pids+=($!); done
  for job in "${pids[@]}"; do wait "$job"; done
}

packages() {
  export DEBIAN_FRONTEND=noninteractive
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 0755 /usr/sbin/policy-rc.d
  apt-get -qq -o Acquire::Languages=none update
  # shellcheck disable=SC2086 # a list
  apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io install $PACKAGES >/dev/null
}
binary() {
  curl -fsS -o "$1.tar" "$ARTIFACTS/$1.tar"
  [[ "$(sha256sum "$1.tar" | cut -d' ' -f1)" == "$(curl -fsS "$ARTIFACTS/$1.tar.sha256" | cut -d' ' -f1)" ]]
  tar -C /usr/local --no-same-owner -xf "$1.tar"
}
binaries() {
  local name pids=()
  for name in $BINARIES; do binary "$name" & pids+=($!); done
  for name in "${pids[@]}"; do wait "$name"; done
}

database() { litestream restore -config litestream.yml -o "$DATABASE" "$DATABASE" >litestream.log 2>&1; }
# A repository is a base and what came after it, one encrypted archive each, in the order of their names.
repository() {
  local key=$1 entries target=$REPOSITORIES/${1/__//} base
  entries=$(ls "entries/$key")
  [[ $entries != *-gone.age ]] || return 0
  base=$(grep -- '-base.age' <<<"$entries" | tail -n 1)
  mkdir -p "$target"/{objects/info,objects/pack,refs/heads,refs/tags,hooks,info}
  sed -n "/^$base\$/,\$p" <<<"$entries" | while read -r entry; do age -d -i identity "entries/$key/$entry"; done | tar -C "$target" -ix -f -
}
export -f repository
repositories() {
  rclone --config '' copy --transfers 16 --checkers 16 "store:$BUCKET/$SOURCE/gitea/repositories" entries
  # shellcheck disable=SC2016 # the inner shell expands
  find entries -mindepth 1 -maxdepth 1 -printf '%f\0' | xargs -0 -r -n 4 -P "$(nproc)" bash -euo pipefail -c 'for key; do repository "$key"; done' bash
}
files() { restic -q -o s3.bucket-lookup=path -r "s3:$STORE/$BUCKET/$SOURCE/$1/files" restore latest --no-lock --target / >"restic-$1.log" 2>&1; }
forge_files() { files gitea; }
proxy_files() { files reverse-proxy; }

whole_database() { [[ "$(sqlite3 -readonly "$DATABASE" 'PRAGMA integrity_check')" == ok ]]; }
whole_repositories() {
  # shellcheck disable=SC2016 # the inner shell expands
  find "$REPOSITORIES" -mindepth 2 -maxdepth 2 -name '*.git' -print0 |
    xargs -0 -r -n 1 -P "$(nproc)" sh -c 'git -c safe.directory="*" --git-dir="$0" fsck --connectivity-only --no-dangling --no-progress' >fsck.log 2>&1
}
services() {
  systemctl daemon-reload
  systemctl -q enable --now gitea caddy
  until curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:3000/api/healthz 2>/dev/null; do sleep 0.1; done
}

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
