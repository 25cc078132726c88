"""scrub STATE [--look]: reads all that this site of the store keeps and says what is not any more what was written. It repairs nothing.

Each version's content is held against its tag, and each kept point against what it names: keys, version ids, sizes. The report is written to
STATE/.scrubbed.json and to standard output. With --look versions on standard input (a JSON list of bucket, key and versionId) are looked at and
nothing else: of each is told why it is damaged, or null where it is whole.
"""

import datetime
import json
import os
import sys

sys.dont_write_bytecode = True
from kept import attribute, files_below, hash_of, place_of, read_json, why_damaged, write_json  # noqa: E402

# Kept points lie in the root of each bucket.
POINTS = "points"


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def objects_of(point):
    for plan in [*point.get("plans", []), *point.get("coarse", [])]:
        for part in plan.get("parts", {}).values():
            yield from part.get("objects", [])


def lacking(state, bucket, wanted):
    """Why a version that a kept point names is not there as it is named; none where it is."""
    path = place_of(state, bucket, wanted["key"], wanted["versionId"])
    if path is None:
        return "it is not there"
    size = os.path.getsize(path)
    return None if size == wanted["size"] else f"it has {size} bytes, and {wanted['size']} were written"


def points_of(state, bucket):
    folder = os.path.join(state, "buckets", bucket, POINTS)
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if attribute(os.path.join(folder, name), "delete-marker") is None:
            yield name, read_json(os.path.join(folder, name))


def keys_of(state, bucket, points):
    """Keys by their hash, of which older versions know nothing else."""
    root = os.path.join(state, "buckets", bucket)
    keys = [os.path.relpath(path, root) for path in files_below(root)]
    return {hash_of(key): key for key in [*keys, *(one["key"] for point in points for one in objects_of(point))]}


def scrub(state):
    if not os.path.isdir(os.path.join(state, "buckets")):
        sys.exit(f"scrub: {state} keeps nothing yet")
    begun, seen, size, damaged, points, missing = now(), 0, 0, [], 0, []
    buckets = sorted(name for name in os.listdir(os.path.join(state, "buckets")) if not name.startswith("."))
    for bucket in buckets:
        found = {}
        for name, point in points_of(state, bucket):
            points += 1
            if point is None:
                missing.append(
                    {
                        "bucket": bucket,
                        "point": name,
                        "key": f"{POINTS}/{name}",
                        "versionId": "",
                        "why": "it cannot be read",
                    }
                )
                continue
            found[name] = point
            for one in objects_of(point):
                why = lacking(state, bucket, one)
                if why:
                    missing.append(
                        {"bucket": bucket, "point": name, "key": one["key"], "versionId": one["versionId"], "why": why}
                    )
        wrong = []
        for root in ("buckets", "versions"):
            top = os.path.join(state, root, bucket)
            for path in files_below(top):
                try:
                    size += os.path.getsize(path)
                    why = why_damaged(path)
                except FileNotFoundError:
                    continue  # it was overwritten or pruned meanwhile
                seen += 1
                # One that was written over while it was read is another one now.
                if why and why_damaged(path):
                    wrong.append(
                        (root, os.path.relpath(path, top), (attribute(path, "version-id") or b"null").decode(), why)
                    )
        keys = keys_of(state, bucket, found.values()) if wrong else {}
        for root, path, version, why in wrong:
            key = path if root == "buckets" else keys.get(path.split("/")[3])
            damaged.append(
                {"bucket": bucket, "key": key, "versionId": version, "path": f"{root}/{bucket}/{path}", "why": why}
            )
    report = {
        "begunAt": begun,
        "finishedAt": now(),
        "objects": seen,
        "bytes": size,
        "points": points,
        "damaged": damaged,
        "missing": missing,
    }
    write_json(os.path.join(state, ".scrubbed.json"), report)
    return report


def look(state, wanted):
    def why(one):
        path = os.path.join(state, one["path"]) if one.get("path") else None
        if one.get("key"):
            path = place_of(state, one["bucket"], one["key"], one["versionId"]) or path
        if path is None or not os.path.exists(path):
            return "it is not there"
        return why_damaged(path)

    return [why(one) for one in wanted]


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--look"]):
        sys.exit("usage: scrub STATE [--look]")
    looked = look(sys.argv[1], json.load(sys.stdin)) if len(sys.argv) == 3 else scrub(sys.argv[1])
    print(json.dumps(looked))
    if isinstance(looked, dict) and (looked["damaged"] or looked["missing"]):
        sys.exit(1)
