"""pull SETTINGS [--follow]: brings what the other site of the store keeps, and lets that site change nothing of what is here already.

SETTINGS is a JSON file: `state` (folder of the store), `from` (what rsync calls the other site), `ssh` (words with which it is reached) and
`replacedDays`. What is new or different there is listed, fetched beside, and only then put in place by this site alone; what was in that place
goes to `.replaced/<moment>`, attributes and all, and stays for so many days. So whoever owns the other site can hide nothing that was pulled
before. One who empties it is not followed, unless --follow says that it is meant, and what is damaged there replaces nothing here. A pull that was killed goes on with what it has.
"""

import datetime
import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from kept import (  # noqa: E402
    KEPT,
    OWN,
    attribute,
    attributes,
    files_below,
    free_percent,
    hash_of,
    older_of,
    read_json,
    why_damaged,
    write_json,
)

# Of all that is here, so much may go or become something else by one pull: more is no pruning, it is a site that lost its data, or its mind.
MOST_PERCENT = 90
# Fewer than so many say nothing.
FEW = 100
# Less free than this, and a pull would leave the store's own folder without room.
LEAST_FREE_PERCENT = 5
STAMP = "%Y%m%dT%H%M%S.%fZ"
# rsync's own words for a file that went meanwhile.
VANISHED = 24


def rsync(settings, options, stdin=None):
    filters = ["--exclude=" + name for name in OWN] + [f"--include=/{name}/***" for name in KEPT] + ["--exclude=*"]
    words = ["rsync", "--timeout=120", "--rsh=" + settings["ssh"], "--xattrs", "--times", "--omit-dir-times", *options]
    done = subprocess.run(
        [*words, *filters, settings["from"], *settings["to"]], input=stdin, capture_output=True, check=False
    )
    if done.returncode not in (0, VANISHED):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        sys.exit(
            f"pull: the other site could not be read (rsync ended with {done.returncode}): {said[0] if said else 'it said nothing'}"
        )
    return done.stdout


def unescaped(name):
    return re.sub(rb"\\#([0-7]{3})", lambda found: bytes([int(found[1], 8)]), name)


def checked(name):
    """A path of the other site, which leads nowhere but into what a site keeps."""
    path = os.fsdecode(unescaped(name)).rstrip("/")
    parts = path.split("/")
    if parts[0] not in KEPT or ".." in parts or "" in parts:
        sys.exit(f"pull: the other site names {path!r}, which is no place of a store; nothing was taken from it")
    return path


def differences(settings):
    """What is new or different there, folders before what is in them, and what is here only."""
    told = rsync(
        {**settings, "to": [settings["state"]]}, ["--recursive", "--delete", "--dry-run", "--out-format=%i %n"]
    )
    changed, gone = [], []
    for line in told.splitlines():
        what, _, name = line.partition(b" ")
        if what == b"*deleting":
            gone.append(checked(name.lstrip()))
        elif what[1:2] in (b"f", b"d") and name.rstrip(b"/") not in (b".", b""):
            changed.append(checked(name))
    return changed, gone


def fetch(settings, changed, arriving):
    os.makedirs(arriving, exist_ok=True)
    names = b"".join(os.fsencode(path) + b"\0" for path in changed)
    rsync(
        {**settings, "to": [arriving]},
        ["--dirs", "--relative", "--ignore-missing-args", "--from0", "--files-from=-"],
        names,
    )


class Place:
    """The folder of this site, in which nothing is lost."""

    def __init__(self, state, moment):
        self.state, self.kept = state, os.path.join(state, ".replaced", moment.strftime(STAMP))
        self.replaced, self.folders = 0, {}

    def put_away(self, path):
        target = os.path.join(self.kept, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(os.path.join(self.state, path), target)
        self.replaced += 1

    def folder(self, path, come):
        here = os.path.join(self.state, path)
        if os.path.lexists(here) and not os.path.isdir(here):
            self.put_away(path)
        os.makedirs(here, exist_ok=True)
        was, now = attributes(here), attributes(come)
        if was != now:
            self.folders[path] = {name: value.hex() for name, value in was.items()}
            for name in was.keys() - now.keys():
                os.removexattr(here, name)
            for name, value in now.items():
                os.setxattr(here, name, value)

    def file(self, path, come):
        here = os.path.join(self.state, path)
        if os.path.lexists(here):
            self.put_away(path)
        os.makedirs(os.path.dirname(here), exist_ok=True)
        os.rename(come, here)

    def gone(self, path):
        here = os.path.join(self.state, path)
        if os.path.isdir(here) and not os.path.islink(here):
            try:
                os.rmdir(here)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        elif os.path.lexists(here):
            self.put_away(path)

    def end(self):
        if any(self.folders.values()):
            os.makedirs(self.kept, exist_ok=True)
            write_json(os.path.join(self.kept, "folders.json"), self.folders)


def put_in_place(place, changed, gone, arriving):
    """Older versions first: killed half-way, a version is here twice and never not at all."""
    files, size, refused = 0, 0, []
    for path in sorted(changed, key=lambda one: (not one.startswith("versions/"), one)):
        come = os.path.join(arriving, path)
        if os.path.isdir(come):
            place.folder(path, come)
        elif os.path.isfile(come):
            # What is whole here is not given for what is damaged there.
            if os.path.isfile(os.path.join(place.state, path)) and why_damaged(come):
                refused.append(path)
                continue
            size += os.path.getsize(come)
            place.file(path, come)
            files += 1
    # What is in a folder before the folder.
    for path in sorted(gone, reverse=True):
        place.gone(path)
    place.end()
    return files, size, refused


def drop_twins(state):
    """A version that was overwritten while it was listed came twice, as the newest and as an older one."""
    for path in files_below(os.path.join(state, "buckets")):
        bucket, _, key = os.path.relpath(path, os.path.join(state, "buckets")).partition("/")
        version = attribute(path, "version-id")
        older = os.path.join(state, "versions", bucket, older_of(hash_of(key)))
        twin = os.path.join(older, (version or b"null").decode())
        if os.path.exists(twin):
            os.remove(twin)


def forget(state, days):
    """Takes away what was replaced longer ago than so many days, by this site's clock."""
    folder = os.path.join(state, ".replaced")
    limit = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if datetime.datetime.strptime(name, STAMP).replace(tzinfo=datetime.timezone.utc) < limit:
            shutil.rmtree(os.path.join(folder, name))


def refuse_to_follow(state, changed, gone):
    here = sum(1 for name in KEPT for _ in files_below(os.path.join(state, name)))
    lost = sum(1 for path in [*changed, *gone] if os.path.isfile(os.path.join(state, path)))
    if here >= FEW and lost * 100 > here * MOST_PERCENT:
        sys.exit(
            f"pull: the other site lacks, or shows otherwise, {lost} of the {here} files that are here; none of it was followed. "
            "If it lost its data, restore it from here; if this is meant, run pull with --follow"
        )


def pull(settings, follow):
    state = settings["state"]
    begun = datetime.datetime.now(datetime.timezone.utc)
    from_ms = time.monotonic()
    for name in KEPT:
        os.makedirs(os.path.join(state, name), exist_ok=True)
    free = free_percent(state)
    if free < LEAST_FREE_PERCENT:
        sys.exit(
            f"pull: {free} % of the disk is free; nothing was pulled. Give this site a larger disk, or keep what was replaced for less long"
        )
    changed, gone = differences(settings)
    if not follow:
        refuse_to_follow(state, changed, gone)
    arriving = os.path.join(state, ".arriving")
    place = Place(state, begun)
    files, size, refused = 0, 0, []
    if changed:
        fetch(settings, changed, arriving)
    if changed or gone:
        files, size, refused = put_in_place(place, changed, gone, arriving)
    shutil.rmtree(arriving, ignore_errors=True)
    if settings.get("serves"):
        drop_twins(state)
    forget(state, settings["replacedDays"])
    os.sync()
    told = {
        "begunAt": begun.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "seconds": round(time.monotonic() - from_ms, 1),
        "files": files,
        "bytes": size,
        "replaced": place.replaced,
        "refused": refused,
    }
    write_json(os.path.join(state, ".pulled.json"), told)
    print(json.dumps(told))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--follow"]):
        sys.exit("usage: pull SETTINGS [--follow]")
    found = read_json(sys.argv[1])
    if not isinstance(found, dict) or not {"state", "from", "ssh", "replacedDays"} <= found.keys():
        sys.exit(f"pull: {sys.argv[1]} does not say where to pull from; run install store again")
    pull(found, sys.argv[2:] == ["--follow"])
