"""age-bucket.py OBJECTS VERSIONS DAYS: sets back when versitygw wrote each version of a bucket and until when it is locked, as if DAYS had passed."""

import datetime
import json
import os
import re
import sys

RETENTION, VERSION = "user.object-retention", "user.version-id"
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def attribute(path, name):
    try:
        return os.getxattr(path, name).decode()
    except OSError:
        return None


def set_back_retention(path, days):
    value = json.loads(attribute(path, RETENTION) or "{}")
    if value.get("RetainUntilDate") is None:
        return
    # Go writes nanoseconds, which Python does not read.
    value["RetainUntilDate"] = f"{past(value['RetainUntilDate'][:19], days)}Z"
    os.setxattr(path, RETENTION, json.dumps(value).encode())


def past(moment, days):
    return (datetime.datetime.fromisoformat(moment) - datetime.timedelta(days=days)).isoformat()[:19]


def earlier(ulid, days):
    """The first ten digits of a ULID are the millisecond of its making."""
    moment = 0
    for digit in ulid[:10]:
        moment = moment * 32 + DIGITS.index(digit)
    moment -= round(days * 86400000)
    return "".join(DIGITS[moment >> shift & 31] for shift in range(45, -1, -5)) + ulid[10:]


def set_back_text(text, days):
    """Moments and version ids in a text, which stays as long as it was."""
    text = re.sub(r"\b01[0-9A-HJKMNP-TV-Z]{24}\b", lambda found: earlier(found[0], days), text)
    moment = r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=\.\d{3}Z)"
    return re.sub(moment, lambda found: past(found[0], days), text)


def set_back_point(path, days):
    """A kept point names versions and moments, and is named by its own."""
    with open(path, "r+", encoding="utf-8") as file:
        text = set_back_text(file.read(), days)
        file.seek(0)
        file.write(text)
    os.rename(path, set_back_text(path, days))


def set_back(folder, name, days):
    path = os.path.join(folder, name)
    set_back_retention(path, days)
    at = os.stat(path).st_mtime - days * 86400
    os.utime(path, (at, at))
    version = attribute(path, VERSION)
    if version is not None:
        os.setxattr(path, VERSION, earlier(version, days).encode())
    # An older version lies under its id.
    if name == version:
        os.rename(path, os.path.join(folder, earlier(version, days)))
    elif os.path.basename(folder) == "points":
        set_back_point(path, days)


objects, versions, days = sys.argv[1], sys.argv[2], float(sys.argv[3])
for root in (objects, versions):
    for folder, _, files in os.walk(root):
        for name in files:
            try:
                set_back(folder, name, days)
            except FileNotFoundError:
                # A host wrote over it meanwhile.
                pass
