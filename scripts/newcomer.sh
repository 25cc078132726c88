#!/usr/bin/env bash
# newcomer.sh FOLDER COMMAND…: runs a command in a copy of this working copy to which a fleet was added as its owner would add it
# (CONTRIBUTING.md, "A fleet"): FOLDER is its folder of stacks/, named after it, and stacks/index.ts gets its line. Reports of drills stay here.
set -euo pipefail

fleet=$(basename "$1") folder=$(readlink -f "$1")
shift
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
root=$PWD
scripts/setup.sh
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

git ls-files -z --cached --others --exclude-standard --deduplicate | xargs -0 cp -a --parents -t "$copy"
mkdir -p drills
ln -s "$root"/{node_modules,drills} "$copy"
[[ ! -d .node/node_modules ]] || ln -s "$root/.node/node_modules" "$copy/.node"
cd "$copy"
git init -q
printf '%s\n' /node_modules /drills /.node/node_modules >.git/info/exclude
git add -A
git -c user.name=fleet -c user.email=fleet@localhost commit -qm 'Before the newcomer'

cp -r "$folder" "stacks/$fleet"
sed -i 's#\(\.\./\)*stacks/#../#' "stacks/$fleet"/*.ts
sed -i "s#^import { registryOf }.*#&\nimport { $fleet } from './$fleet';#; s#registryOf(\(.*\));#registryOf(\1, $fleet);#" stacks/index.ts
"$@"
