"""Finds backups in the layouts of the fleet's older documents. Arguments: a root (`/`, or where an old disk is mounted) and the folders to
look into; prints [{path, kind, service, date, bytes, usable, why}], newest first within a service. Reads only.
"""

import datetime
import json
import os
import re
import sqlite3
import subprocess
import sys
import tarfile
import zipfile

DAY = re.compile(r"(20\d{2})-?(\d{2})-?(\d{2})")


def sqlite_problem(path):
    """Why a database cannot be used, or nothing. Opened as immutable, so that nothing is written beside it."""
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        answer = database.execute("PRAGMA integrity_check").fetchone()[0]
        tables = database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        database.close()
    except sqlite3.Error as error:
        return str(error)
    if answer != "ok":
        return f"integrity check: {answer.splitlines()[0]}"
    # `cp` of a running database leaves the newest changes in its -wal.
    if os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"):
        return "its newest changes are in a -wal file beside it; open it once with sqlite3 to take them in"
    return None if tables else "it holds no table"


def tar_problem(path):
    try:
        with tarfile.open(path) as archive:
            members = archive.getmembers()
    except (tarfile.TarError, OSError, EOFError) as error:
        return str(error) or "not a whole archive"
    if any(member.name.startswith(("/", "../")) or "/../" in member.name for member in members):
        return "it holds paths that lead out of where it is unpacked"
    return None if any(member.isfile() for member in members) else "it holds no file"


def zip_problem(path):
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        return str(error)
    if broken:
        return f"{broken} in it is damaged"
    return None if any("gitea" in name for name in names) else "it holds nothing of Gitea"


def bundle_problem(path):
    checked = subprocess.run(["git", "bundle", "list-heads", path], capture_output=True, text=True, check=False)
    if checked.returncode:
        return (checked.stderr.strip().splitlines() or ["not a bundle"])[0]
    return None if checked.stdout.strip() else "it holds no branch"


# Name of the file, what it is, the kind of service whose it is, and how it is checked.
KINDS = [
    (re.compile(r"gitea(-20\d{6})?\.db"), "database", "gitea", sqlite_problem),
    (re.compile(r"gitea-backup-.*\.zip|gitea-dump-.*\.zip"), "dump", "gitea", zip_problem),
    (re.compile(r"(\w+_)?metrics\.db"), "database", "metrics", sqlite_problem),
    (re.compile(r"configs\.tar\.gz"), "configuration", "hermes-agent", tar_problem),
    (re.compile(r"logs\.tar\.gz"), "logs", "hermes-agent", tar_problem),
    (re.compile(r"epic-work\.bundle"), "work tree", "hermes-agent", bundle_problem),
]
FOLDERS = {
    "custom": ("customisation", "gitea"),
    "repositories": ("repositories", "gitea"),
    "configs": ("configuration", "hermes-agent"),
    "heartbeat_logs": ("logs", "hermes-agent"),
    "epic-work": ("work tree", "hermes-agent"),
}


def date_of(path):
    """The day in the name of the file or of its folder; without one the day it was last written."""
    for part in (os.path.basename(path), os.path.basename(os.path.dirname(path))):
        match = DAY.search(part)
        if match:
            return "-".join(match.groups()), "name"
    return datetime.datetime.fromtimestamp(os.path.getmtime(path), datetime.timezone.utc).date().isoformat(), "file"


def entry(path, kind, service, problem):
    date, told_by = date_of(path)
    size = (
        os.path.getsize(path)
        if os.path.isfile(path)
        else sum(
            os.path.getsize(os.path.join(f, n))
            for f, _, names in os.walk(path)
            for n in names
            if os.path.isfile(os.path.join(f, n))
        )
    )
    return {
        "path": path,
        "kind": kind,
        "service": service,
        "date": date,
        "dateFrom": told_by,
        "bytes": size,
        "usable": problem is None,
        "why": problem or "",
    }


def look(folder):
    for current, children, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(current, name)
            known = next(
                ((kind, service, check) for pattern, kind, service, check in KINDS if pattern.fullmatch(name)), None
            )
            if known:
                yield entry(path, known[0], known[1], known[2](path) if os.path.getsize(path) else "it is empty")
            elif name.endswith((".db", ".zip", ".tar.gz", ".tgz", ".bundle", ".sql", ".dump")):
                yield entry(
                    path,
                    "unknown",
                    "",
                    "no document tells what this is; look at it, and name it as one of the known layouts if it is one",
                )
        for child in [child for child in children if child in FOLDERS]:
            kind, service = FOLDERS[child]
            yield entry(
                os.path.join(current, child),
                kind,
                service,
                None if os.listdir(os.path.join(current, child)) else "it is empty",
            )
            children.remove(child)


def main(root, folders):
    found = []
    for folder in folders:
        path = os.path.join(root, folder.lstrip("/"))
        if os.path.isdir(path):
            found += look(path)
    seen = {item["path"]: item for item in found}
    json.dump(
        sorted(seen.values(), key=lambda item: (item["service"], item["kind"], item["date"]), reverse=True), sys.stdout
    )


main(sys.argv[1], sys.argv[2:])
