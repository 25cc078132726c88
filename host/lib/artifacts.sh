# shellcheck shell=bash
# Programs that Debian does not carry. Each is installed only as what its pin says, below /usr/local, and once.

# download URL FILE: a transfer that stalls or breaks off is tried again. Releases are behind redirects, which lead from secret to clear never; a
# mirror in clear redirects to itself. What bounds it is its speed: a gigabyte may take as long as it comes in.
download() {
  local redirects="=https"
  [[ "$1" == https://* ]] || redirects="=http,https"
  curl -fsSL --proto-redir "$redirects" --retry 3 --retry-all-errors --connect-timeout 10 --speed-time 30 --speed-limit 10000 --max-time 7200 -o "$2" "$1"
}

# is_pinned FILE SHA256: openssl, because it uses the processor's instructions for this: sha256sum takes five times as long.
is_pinned() { [[ "$(openssl dgst -sha256 -r "$1")" == "$2 "* ]]; }

# unpack LAYOUT FILE FOLDER MEMBERS...: those members of the archive.
unpack() {
  local layout="$1" file="$2" folder="$3"
  shift 3
  case "$layout" in
    tar.gz) tar -C "$folder" --no-same-owner --wildcards -xzf "$file" "$@" ;;
    tar.zst) zstd -dc -q "$file" | tar -C "$folder" --no-same-owner --wildcards -xf - "$@" ;;
    zip) python3 -m zipfile -e "$file" "$folder" ;;
    *) fail "$EXIT_USAGE" "an artifact is packed as '$layout', which is not known" ;;
  esac
}

# lay_out FOLDER MEMBERS: puts members (`path:folder|…`) of a folder below /usr/local.
lay_out() {
  local member parts path
  IFS='|' read -r -a parts <<<"$2"
  for member in "${parts[@]}"; do
    install -d -m 0755 "/usr/local/${member##*:}"
    # Its last part may stand for many. Links stay links.
    for path in "$1"/${member%:*}; do
      cp -P --preserve=mode "$path" "/usr/local/${member##*:}/"
      [[ -L "$path" ]] || chmod 0755 "/usr/local/${member##*:}/${path##*/}"
    done
  done
}

# from_download NAME VERSION LAYOUT URL PIN MEMBERS WORK
from_download() {
  local name="$1" version="$2" layout="$3" url="$4" pin="$5" members="$6" work="$7" paths
  [[ "$pin" =~ ^[0-9a-f]{64}$ ]] || fail 1 "artifact $name $version has no pinned SHA-256; run fleet artifacts pin $name, then update again"
  download "$url" "$work/download" || fail 1 "artifact $name $version could not be downloaded from $url; check the network, or the mirror"
  is_pinned "$work/download" "$pin" ||
    fail 1 "artifact $name $version from $url is not the pinned one (SHA-256 $pin); nothing was installed. If its makers changed it on purpose, run fleet artifacts pin $name"
  case "$layout" in
    binary) install -m 0755 "$work/download" "/usr/local/bin/$name" ;;
    tree) tar -C /usr/local --no-same-owner -xf "$work/download" ;;
    *)
      IFS='|' read -r -a paths <<<"$members"
      mkdir "$work/tree"
      unpack "$layout" "$work/download" "$work/tree" "${paths[@]%:*}"
      lay_out "$work/tree" "$members"
      ;;
  esac
}

# from_index NAME VERSION INDEX WORK: with all that it needs, each file by its hash. Nothing else is fetched: what exists as source only is built
# with Debian's tools.
from_index() {
  local name="$1" version="$2" index="$3" work="$4"
  python3 -m pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore --break-system-packages --no-cache-dir --no-compile \
    --require-hashes --no-deps --no-build-isolation --index-url "$index" --requirement "$FLEET_LIB/locks/$name.txt" --target "$work/tree/share/$name" >>"$FLEET_VAR/pip.log" 2>&1 ||
    fail 1 "$name $version could not be installed from $index: $(reason_in "$FLEET_VAR/pip.log"); see $FLEET_VAR/pip.log"
  tar -C "$work/tree" -cf - . | tar -C /usr/local --no-same-owner -xf -
}

# reason_in LOG: the last line that names an error.
reason_in() { awk '/ERROR|error:|fatal:/ {last = $0} END {print last ? last : "it did not say why"}' "$1"; }

# from_source NAME VERSION URL COMMIT MEMBERS BUILD WORK: built by nobody, who owns nothing else.
from_source() {
  local name="$1" version="$2" url="$3" commit="$4" members="$5" build="$6" work="$7" commands command log="$FLEET_VAR/$1-build.log"
  [[ "$commit" =~ ^[0-9a-f]{40}$ ]] || fail 1 "the source of $name $version has no pinned commit; run fleet artifacts pin $name, then update again"
  install -d -o nobody -g nogroup -m 0700 "$work/source"
  chmod 0711 "$work"
  : >"$log"
  as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups -- env -i -C "$work/source" HOME="$work/source" PATH="$PATH" LC_ALL=C nice "$@" >>"$log" 2>&1; }
  as_nobody git clone --quiet --no-checkout "$url" checkout || fail 1 "the source of $name $version could not be fetched from $url: $(reason_in "$log"); see $log"
  as_nobody git -C checkout checkout --quiet "$commit" || fail 1 "$url has no commit $commit, which is the pinned one of $name $version; see $log"
  as_nobody git -C checkout submodule --quiet update --init --recursive || fail 1 "a submodule of $name $version could not be fetched: $(reason_in "$log"); see $log"
  IFS='|' read -r -a commands <<<"$build"
  for command in "${commands[@]}"; do
    as_nobody sh -c "cd checkout && $command" || fail 1 "$name $version could not be built ($command): $(reason_in "$log"); see $log"
  done
  lay_out "$work/source/checkout" "$members"
}

# install_artifact NAME VERSION LAYOUT URL PIN MEMBERS BUILD: `-` for what is empty.
install_artifact() (
  set -euo pipefail
  name="$1" version="$2" layout="$3" url="$4" pin="$5" members="$6" build="$7"
  marker="/usr/local/share/fleet/artifacts/$name"
  if [[ "$layout" == python ]]; then pin="$(openssl dgst -sha256 -r "$FLEET_LIB/locks/$name.txt" | cut -d' ' -f1)"; fi
  [[ "$(cat "$marker" 2>/dev/null)" == "$version $pin" ]] && exit 0
  work="$(mktemp -d /usr/local/.fleet-artifact.XXXXXX)"
  trap 'rm -rf "$work"' EXIT
  case "$layout" in
    python) from_index "$name" "$version" "$url" "$work" ;;
    source) from_source "$name" "$version" "$url" "$pin" "$members" "$build" "$work" ;;
    *) from_download "$name" "$version" "$layout" "$url" "$pin" "$members" "$work" ;;
  esac
  mkdir -p "$(dirname "$marker")"
  printf '%s\n' "$version $pin" >"$marker"
)

# What a source takes to be built, and more than any download. The engine's own bound of the step ends it before.
ARTIFACT_SECONDS=3600

# install_artifacts: all artifacts on stdin (one a line, as lib/artifacts.py prints them), in parallel. What an engine that was killed left running
# goes on here: the next run waits for it and finds the artifact in place.
install_artifacts() {
  local line pids=()
  while IFS= read -r line; do
    IFS=$'\t' read -r -a fields <<<"$line"
    with_lock "artifact-${fields[0]}" "$ARTIFACT_SECONDS" install_artifact "${fields[@]}" &
    pids+=($!)
  done
  wait_all "${pids[@]}"
}
