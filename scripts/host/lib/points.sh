# shellcheck shell=bash
# shellcheck disable=SC2153 # INCARNATION is set by load_store
# Restore points: what the store holds of a service, and which of it a given moment means.
# Times are the store's own (LastModified), whole seconds for the database and the files, milliseconds for repositories.

# incarnations SERVICE BEFORE: JSON array of incarnations, newest first: {incarnation, createdAt, complete: {at}|null}.
# BEFORE is an RFC 3339 moment or empty. The own incarnation counts only on a host whose service is protected.
# Times and order are the store's: a host whose clock was wrong would otherwise stand before or behind the others for ever.
incarnations() {
  local service="$1" before="$2" own=no listing
  [[ -e "$FLEET_VAR/protected/$service.json" ]] && own=yes
  listing="$(rclone_store lsjson -R --max-depth 3 --files-only --no-mimetype --use-server-modtime \
    --include "/*/incarnation.json" --include "/*/$service/complete.json" "$(store "")")" ||
    fail 1 "the store does not answer for $(store ""); check its endpoint, key and network"
  jq --arg service "$service" --arg before "$before" --arg own "$own" --arg self "$INCARNATION" '
    def moment: .ModTime[0:19] + "Z";
    ($before | if . == "" then . else .[0:19] + "Z" end) as $limit
    | map(. + {incarnation: (.Path | split("/")[0])})
    | (map(select(.Path | endswith("/complete.json"))) | INDEX(.incarnation)) as $complete
    | map(select(.Path | endswith("/incarnation.json")))
    | map(select($own == "yes" or .incarnation != $self))
    | map({incarnation, createdAt: moment, complete: ($complete[.incarnation] | if . then {at: moment} else null end)})
    | map(if $limit != "" and .complete and .complete.at > $limit then .complete = null else . end)
    | map(select($limit == "" or .createdAt <= $limit))
    | sort_by(.createdAt) | reverse
  ' <<<"$listing"
}

# part_objects INCARNATION SERVICE PART: listing of the objects that tell a part's restore points.
part_objects() {
  case "$3" in
    files) list "$1/$2/files/snapshots" ;;
    *) list "$1/$2/$3" ;;
  esac
}

# database_point BEFORE <listing: newest moment of the newest generation, {generation, at} or null.
database_point() {
  jq -c --arg before "$1" '
    [.[] | select($before == "" or .ModTime[0:19] <= $before[0:19])
      | {path: (.Path | split("/")), at: (.ModTime[0:19] + "Z")}
      | {generation: .path[1], kind: .path[2], at}]
    | group_by(.generation)
    # Without a snapshot a generation cannot be restored.
    | map(select(any(.[]; .kind == "snapshots")) | {generation: .[0].generation, at: (map(.at) | max), begun: (map(select(.kind == "snapshots").at) | min)})
    | max_by([.begun, .at]) // null | if . then {generation, at} else null end
  '
}

# repositories_point BEFORE <listing: {at, repositories: [{key, at, entries: [paths in order]}]} or null.
repositories_point() {
  jq -c --arg before "$1" '
    def moment: (. / 1000 | floor | todate[0:19]) + "." + ("000" + (. % 1000 | tostring))[-3:] + "Z";
    ($before | if . == "" then null else (.[0:19] + "Z" | fromdate) * 1000 + ((.[19:] | capture("^\\.(?<f>[0-9]{1,3})").f // "0") | (. + "00")[0:3] | tonumber) end) as $limit
    | [.[] | (.Path | capture("^(?<key>[^/]+)/(?<ms>[0-9]{13})-(?<kind>base|delta|gone)\\.age$")) + {path: .Path} | .ms |= tonumber
        | select($limit == null or .ms <= $limit)]
    | if length == 0 then null else
        (map(.ms) | max | moment) as $at
        | [group_by(.key)[] | sort_by(.ms)
            | select(.[-1].kind != "gone")
            | (map(.kind == "base") | rindex(true)) as $base
            | select($base != null)
            | {key: .[0].key, at: (.[-1].ms | moment), entries: [.[$base:][].path]}]
        | {at: $at, repositories: .}
      end
  '
}

# files_point BEFORE <listing: {snapshot, at} or null.
files_point() {
  jq -c --arg before "$1" '
    [.[] | select($before == "" or .ModTime[0:19] <= $before[0:19]) | {snapshot: .Name, at: (.ModTime[0:19] + "Z")}] | max_by(.at) // null
  '
}

# points_of INCARNATION SERVICE BEFORE PARTS...: JSON {part: point|null}; the parts are asked for at the same time.
points_of() {
  local incarnation="$1" service="$2" before="$3" work part pids=() pid
  shift 3
  work="$(mktemp -d)"
  for part in "$@"; do
    (set -e; part_objects "$incarnation" "$service" "$part" >"$work/$part.list"; "${part}_point" "$before" <"$work/$part.list" >"$work/$part.point") &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || fail 1 "the restore points of $service in $incarnation could not be read"; done
  for part in "$@"; do jq -c --arg part "$part" '{($part): .}' "$work/$part.point"; done | jq -s add
  rm -rf "$work"
}

# choose_points SERVICE BEFORE PARTS...: JSON {incarnation, complete, parts: {part: point}} of the newest incarnation that
# holds every part, or nothing. One whose first backup was completed is preferred: an incomplete one may lack data.
choose_points() {
  local service="$1" before="$2" all candidate incarnation points kind
  shift 2
  all="$(incarnations "$service" "$before")"
  for kind in complete incomplete; do
    while IFS= read -r candidate; do
      [[ -n "$candidate" ]] || continue
      incarnation="$(jq -r .incarnation <<<"$candidate")"
      points="$(points_of "$incarnation" "$service" "$before" "$@")"
      if [[ "$(jq 'all(.[]; . != null)' <<<"$points")" == true ]]; then
        jq -nc --arg incarnation "$incarnation" --argjson complete "$([[ "$kind" == complete ]] && echo true || echo false)" --argjson parts "$points" \
          '{incarnation: $incarnation, complete: $complete, parts: $parts, at: ([$parts[].at] | max)}'
        return 0
      fi
    done < <(jq -c --arg kind "$kind" '.[] | select((.complete != null) == ($kind == "complete"))' <<<"$all")
  done
}

# anything_stored SERVICE: whether any incarnation ever stored anything of the service, complete or not.
anything_stored() {
  local found
  found="$(rclone_store lsf -R --dirs-only --max-depth 2 "$(store "")")" || fail 1 "the store does not answer for $(store ""); check its endpoint, key and network"
  grep -qE "^[^/]+/$1/\$" <<<"$found"
}
