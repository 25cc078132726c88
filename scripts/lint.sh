#!/usr/bin/env bash
# `npm run lint`: format and habits of everything that is written by hand, in each language. `npm run format` (--fix) formats it.
set -euo pipefail
cd "$(dirname "$0")/.."

fix=false
[[ ${1:-} == --fix ]] && fix=true
bin=node_modules/.bin

mapfile -t shell < <(git ls-files | xargs grep -lE '^#!.*\bbash$|^# shellcheck shell=bash')
# Samples are as their makers would write them.
mapfile -t python < <(git ls-files '*.py' ':!drill/seed/samples')
typescript=('**/*.{ts,js,mjs}')

if $fix; then
  "$bin/prettier" --write --log-level warn "${typescript[@]}"
  shfmt -i 2 -ci -w "${shell[@]}"
  node scripts/lint-python.mjs --fix "${python[@]}"
else
  "$bin/prettier" --check --log-level warn "${typescript[@]}"
  "$bin/eslint" --cache --cache-location node_modules/.cache/eslint/ .
  shfmt -i 2 -ci -d "${shell[@]}"
  shellcheck -x -P SCRIPTDIR "${shell[@]}"
  node scripts/lint-python.mjs "${python[@]}"
fi
