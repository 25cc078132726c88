# shellcheck shell=bash
# shellcheck disable=SC2153 # INCARNATION is set by load_store
# Restore points: what the store holds of a service, and which of it a given moment means.
# Times are the store's own (LastModified), whole seconds for the database and the files, milliseconds for repositories.

# incarnations SERVICE BEFORE: one a line, `complete` or `incomplete` and its name; complete ones first, each kind newest first.
# BEFORE is an RFC 3339 moment or empty. The own incarnation counts only on a host whose service is protected.
# Times and order are the store's: a host whose clock was wrong would otherwise stand before or behind the others for ever.
incarnations() {
  local service="$1" before="$2" own=no listing
  [[ -e "$FLEET_VAR/protected/$service.json" ]] && own=yes
  listing="$(rclone_store lsjson -R --max-depth 3 --files-only --no-mimetype --use-server-modtime \
    --include "/*/incarnation.json" --include "/*/$service/complete.json" "$(store "")")" ||
    fail 1 "the store does not answer for $(store ""); check its endpoint, key and network"
  jq -r --arg service "$service" --arg before "$before" --arg own "$own" --arg self "$INCARNATION" '
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
    # What an agent brought along when it moved is registered after the host it moved to.
    | ((map(select(.complete)) | sort_by(.complete.at, .createdAt) | reverse) + map(select(.complete | not)))[] | (if .complete then "complete" else "incomplete" end) + "\t" + .incarnation
  ' <<<"$listing"
}

# POINTS_OF: jq program; the listing of a service in one incarnation → its points, or nothing if a part has none.
#   database      newest moment of the newest generation
#   repositories  entries of each repository, in order
#   files         newest snapshot
# shellcheck disable=SC2016 # $before and the like belong to jq
POINTS_OF='
  def moment: (. / 1000 | floor | todate[0:19]) + "." + ("000" + (. % 1000 | tostring))[-3:] + "Z";
  def seconds: .ModTime[0:19] + "Z";
  def until($before): select($before == "" or .ModTime[0:19] <= $before[0:19]);
  def below($part): ($part + "/") as $prefix | map(select(.Path | startswith($prefix)) | .Path |= .[($prefix | length):]);
  def database:
    [.[] | until($before) | {path: (.Path | split("/")), at: seconds} | {generation: .path[1], kind: .path[2], at}]
    | group_by(.generation)
    # Without a snapshot a generation cannot be restored.
    | map(select(any(.[]; .kind == "snapshots")) | {generation: .[0].generation, at: (map(.at) | max), begun: (map(select(.kind == "snapshots").at) | min)})
    | max_by([.begun, .at]) // null | if . then {generation, at} else null end;
  def repositories:
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
      end;
  def files: [.[] | until($before) | {snapshot: (.Path | split("/")[-1]), at: seconds}] | max_by(.at) // null;
  . as $all
  | (reduce $ARGS.positional[] as $part ({}; .[$part] = ($all
      | if $part == "database" then below("database") | database
        elif $part == "repositories" then below("repositories") | repositories
        else below("files/snapshots") | files end))) as $parts
  | select(all($parts[]; . != null))
  | {incarnation: $incarnation, complete: ($kind == "complete"), parts: $parts, at: ([$parts[].at] | max), request: $request}
'

# choose_points SERVICE BEFORE REQUEST PARTS...: JSON {incarnation, complete, parts: {part: point}, at, request} of the newest
# incarnation that holds every part, or nothing. One whose first backup was completed is preferred: an incomplete one may lack data.
choose_points() {
  local service="$1" before="$2" request="$3" candidates kind incarnation listing points
  shift 3
  candidates="$(incarnations "$service" "$before")"
  while IFS=$'\t' read -r kind incarnation; do
    [[ -n "$incarnation" ]] || continue
    listing="$(list "$incarnation/$service")"
    points="$(jq -c --arg before "$before" --arg incarnation "$incarnation" --arg kind "$kind" --argjson request "$request" "$POINTS_OF" --args "$@" <<<"$listing")"
    if [[ -n "$points" ]]; then
      printf '%s\n' "$points"
      return 0
    fi
  done <<<"$candidates"
}

# anything_stored SERVICE: whether any incarnation ever stored anything of the service, complete or not.
anything_stored() {
  local found
  found="$(rclone_store lsf -R --dirs-only --max-depth 2 "$(store "")")" || fail 1 "the store does not answer for $(store ""); check its endpoint, key and network"
  grep -qE "^[^/]+/$1/\$" <<<"$found"
}
