"""Prints every database file of this host that no dataset holds: [{path, bytes}]. Plans as JSON on stdin, roots to look through as arguments.

A database is known by its name or by its first bytes: SQLite files are whole pages long, so only files of such a size are opened.
"""

import json
import os
import stat
import sys

NAMES = (".db", ".db3", ".sqlite", ".sqlite3", ".mdb")
MAGIC = b"SQLite format 3\0"
# Programs, devices and what is made again: nothing there is anybody's data.
SKIPPED = (
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/usr",
    "/boot",
    "/tmp",
    "/var/tmp",
    "/var/cache",
    "/var/lib/fleet/tmp",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/var/lib/systemd",
    "/var/log/journal",
)
LEFT_BEHIND = (".fleet-restore", ".fleet-replaced-")


def below(path, root):
    return path == root or path.startswith(root.rstrip("/") + "/")


def known(plans):
    """Paths of databases and folders in which a database is no surprise."""
    files, folders = set(), []
    for plan in plans:
        dataset = plan.get("dataset") or {}
        if dataset.get("database"):
            files.add(dataset["database"]["path"])
        folders += plan.get("disposable", [])
        # git's own files look like nothing else, but a hosted repository may hold any file name.
        folders += [dataset["repositories"]["root"]] if dataset.get("repositories") else []
    return files, folders


def is_database(name, status, folder):
    """Whether a file of an opened folder is one. Whoever owns it may exchange it for a link or a pipe at any moment."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if name.endswith(NAMES):
        return True
    if status.st_size == 0 or status.st_size % 512:
        return False
    try:
        with open(
            os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder), "rb"
        ) as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def main(roots):
    files, folders = known(json.load(sys.stdin))
    found = []
    for root in roots:
        # Who asks for a folder by name gets it looked through.
        skipped = [place for place in SKIPPED if not below(root, place)]
        for folder, children, names, descriptor in os.fwalk(root):
            children[:] = [
                child
                for child in children
                if not any(below(os.path.join(folder, child), place) for place in (*skipped, *folders))
                and not os.path.ismount(os.path.join(folder, child))
                and not child.endswith("-litestream")
                and not any(mark in child for mark in LEFT_BEHIND)
            ]
            for name in names:
                path = os.path.join(folder, name)
                if path in files or any(mark in name for mark in LEFT_BEHIND):
                    continue
                try:
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                except OSError:
                    continue
                if is_database(name, status, descriptor) and not any(
                    below(path, known_folder) for known_folder in folders
                ):
                    found.append({"path": path, "bytes": status.st_size})
    json.dump(sorted(found, key=lambda entry: entry["path"]), sys.stdout)


main(sys.argv[1:])
