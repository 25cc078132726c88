"""write STAMP: puts the stamp into every dataset of this host but the forge's, as its owner would. read: the stamps found there.

Prints {service: {part: what}}: for `write` whether the write was acknowledged, for `read` the list of stamps. A relay is written to
and read over the wire, because its events are the dataset; databases through SQLite; files at the end of a file.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import pwd
import sqlite3
import sys

RELAY = "/usr/local/lib/fleet/services/nostr-relay"
FILE = "drill-probe"


@contextlib.contextmanager
def acting_as(owner):
    """What is made meanwhile belongs to the owner. In this process, because another one costs more than the write does."""
    user = pwd.getpwnam(owner)
    os.setegid(user.pw_gid)
    os.seteuid(user.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def write_file(folder, owner, stamp):
    with acting_as(owner), pathlib.Path(folder, FILE).open("a") as file:
        file.write(stamp + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_file(folder):
    path = pathlib.Path(folder, FILE)
    return path.read_text().split() if path.exists() else []


def write_database(path, owner, stamp):
    with acting_as(owner), contextlib.closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS drill_probe (stamp TEXT)")
        database.execute("INSERT INTO drill_probe VALUES (?)", (stamp,))


def read_database(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as database:
        known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'drill_probe'").fetchone()
        return [row[0] for row in database.execute("SELECT stamp FROM drill_probe")] if known else []


async def relay(port, stamp=None):
    sys.path.insert(0, RELAY)
    import nostr

    async with nostr.connect(f"ws://127.0.0.1:{port}") as socket:
        if stamp:
            objection = await nostr.publish(socket, nostr.signed(1, f"{FILE} {stamp}", []))
            if objection:
                raise RuntimeError(objection)
            return True
        return [
            event["content"].split()[1] async for event in nostr.everything(socket) if event["content"].startswith(FILE)
        ]


def parts(plan, stamp):
    """The parts of a plan's dataset, each with what puts the stamp there (or reads it)."""
    dataset, writes = plan["dataset"], stamp is not None
    owner = dataset["owner"]
    if plan["kind"] == "nostr-relay":
        port = next(one["port"] for one in plan["ports"] if one["scope"] == "public")
        yield "files", lambda: asyncio.run(relay(port, stamp))
        return
    if dataset.get("database"):
        path = dataset["database"]["path"]
        yield "database", lambda: write_database(path, owner, stamp) if writes else read_database(path)
    if dataset.get("files"):
        folder = dataset["files"]["paths"][0]
        yield "files", lambda: write_file(folder, owner, stamp) if writes else read_file(folder)


def main(verb, stamp=None):
    done = {}
    for file in sorted(pathlib.Path("/etc/fleet/services").glob("*.json")):
        plan = json.loads(file.read_text())
        if plan["name"] == "gitea" or not plan.get("dataset"):
            continue
        for part, act in parts(plan, stamp):
            try:
                answer = act()
                done.setdefault(plan["name"], {})[part] = True if verb == "write" else answer
            except Exception as error:  # one service that does not answer must not hide the others
                done.setdefault(plan["name"], {})[part] = False if verb == "write" else []
                print(f"{plan['name']} {part}: {error}", file=sys.stderr)
    json.dump(done, sys.stdout)


main(*sys.argv[1:])
