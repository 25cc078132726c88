"""Artifacts of a manifest as lines for the shell: name, version, layout, url, pin, members and build, with tabs between.

A member is `path in the archive:folder below /usr/local`; members and the commands of a build have `|` between them, and what is
empty is `-`. As a program: the artifacts of the JSON on standard input.
"""

import json
import sys


def lines(artifacts):
    return ["\t".join(field or "-" for field in fields(one)) for one in artifacts or []]


def fields(one):
    members = "|".join(path + ":" + folder for path, folder in (one.get("members") or {}).items())
    return [
        one["name"],
        one["version"],
        one["layout"],
        one.get("url"),
        one.get("pin"),
        members,
        "|".join(one.get("build") or []),
    ]


if __name__ == "__main__":
    print("".join(line + "\n" for line in lines(json.load(sys.stdin).get("artifacts"))), end="")
