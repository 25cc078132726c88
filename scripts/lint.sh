#!/usr/bin/env bash
# `npm run lint`: format and habits of everything that is written by hand, in each language. `npm run format` (--fix) formats it.
set -euo pipefail
cd "$(dirname "$0")/.."

fix=false
[[ ${1:-} == --fix ]] && fix=true
bin=node_modules/.bin
cache=node_modules/.cache/lint
mkdir -p "$cache"

mapfile -t shell < <(git ls-files | xargs grep -lE '^#!.*\bbash$|^# shellcheck shell=bash')
# Samples are as their makers would write them.
mapfile -t python < <(git ls-files '*.py' ':!drill/seed/samples')
typescript=('**/*.{ts,js,mjs}')

# once COMMAND... -- FILE...: runs the command on the files, unless it passed on the same contents before.
once() {
  local command=() passed
  while [[ $1 != -- ]]; do
    command+=("$1")
    shift
  done
  shift
  passed=$cache/$({ cat scripts/lint* "$@" && echo "${command[*]}"; } | sha256sum | cut -d ' ' -f 1)
  [[ -e $passed ]] || { "${command[@]}" "$@" && touch "$passed"; }
}

if $fix; then
  "$bin/prettier" --write --log-level warn "${typescript[@]}"
  shfmt -i 2 -ci -w "${shell[@]}"
  node scripts/lint-python.mjs --fix "${python[@]}"
  exit
fi
status=0
# The slowest, beside all others.
"$bin/eslint" --cache --cache-strategy content --cache-location "$cache/eslint" . &
"$bin/prettier" --check --log-level warn --cache --cache-strategy content --cache-location "$cache/prettier" "${typescript[@]}" || status=1
shfmt -i 2 -ci -d "${shell[@]}" || status=1
once shellcheck -x -P SCRIPTDIR -- "${shell[@]}" || status=1
once node scripts/lint-python.mjs -- "${python[@]}" || status=1
wait $! || status=1
exit "$status"
