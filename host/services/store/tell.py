"""tell STATE: what an operator is told of a site of the store, as JSON: room, the last pull, the last scrub. Each day's use of the disk is written down, so
that the growth of the last days says when it will be full."""

import datetime
import json
import os
import sys

sys.dont_write_bytecode = True
from kept import free_percent, read_json, write_json  # noqa: E402

DAYS = 14


def use_by_day(state, used):
    """The last days' use of the disk, oldest first, each with its day; today's is the newest."""
    path = os.path.join(state, ".use.json")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    days = [one for one in read_json(path) or [] if one["day"] != today]
    days = [*days[-DAYS:], {"day": today, "bytes": used}]
    write_json(path, days)
    return days


def days_until_full(days, free):
    """At the pace of the days that are known; none where it does not grow, or where only one is known."""
    first, last = days[0], days[-1]
    passed = (datetime.date.fromisoformat(last["day"]) - datetime.date.fromisoformat(first["day"])).days
    grown = last["bytes"] - first["bytes"]
    return None if passed < 1 or grown <= 0 else int(free * passed / grown)


def tell(state):
    disk = os.statvfs(state)
    used, free = (disk.f_blocks - disk.f_bfree) * disk.f_frsize, disk.f_bavail * disk.f_frsize
    scrubbed = read_json(os.path.join(state, ".scrubbed.json"))
    return {
        "freePercent": free_percent(state),
        "freeBytes": free,
        "daysUntilFull": days_until_full(use_by_day(state, used), free),
        "pulled": read_json(os.path.join(state, ".pulled.json")),
        "scrubbed": scrubbed,
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tell STATE")
    print(json.dumps(tell(sys.argv[1])))
