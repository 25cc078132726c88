# What there is to say of the chains that are read, one file a repository (lib/ship.sh). Each line has an entry, its bytes, and the second in which
# it was superseded, or `-`. `tail` entries are not worth a merge; `due` is the second up to which what was superseded is hidden.
#   newest KEY ENTRY          of a repository that is there
#   gone KEY ENTRY            of one that is not
#   merge KEY BEFORE ENTRY…   these entries become one; BEFORE is the one before them, `-` where there is none
#   hide KEY ENTRY
BEGIN { FS = OFS = "\t" }
FNR == 1 {
  judge()
  parts = split(FILENAME, path, "/")
  key = path[parts - 1]
  live = superseded = 0
}
$3 != "-" {
  superseded++
  if ($3 <= due) print "hide", key, $1
  next
}
{
  entry[++live] = $1
  bytes[live] = $2
}
END {
  judge()
  # Something of a service stays visible: without any entry it would have no restore point.
  if (repositories) for (key in ended) print "hide", key, ended[key]
}

function judge(    at, from, newer) {
  if (!live) return
  if (entry[live] ~ /-gone-/) {
    print "gone", key, entry[live]
    if (!superseded && substr(entry[live], 1, 10) <= due) ended[key] = entry[live]
    return
  }
  print "newest", key, entry[live]
  repositories++
  if (live <= tail) return
  # The oldest entry that is smaller than twice all that came after it. Then each one is at least twice that, so there are few.
  for (at = live; at; at--) {
    if (bytes[at] < 2 * newer) from = at
    newer += bytes[at]
  }
  # The newest stays: it has the refs.
  if (!from || from > live - 2) return
  printf "merge\t%s\t%s", key, (from > 1 ? entry[from - 1] : "-")
  for (at = from; at < live; at++) printf "\t%s", entry[at]
  print ""
}
