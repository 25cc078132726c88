"""write-bucket.py OBJECTS VERSIONS: writes versions of objects into a bucket as versitygw lays them out, as if it had taken them at their moments.

Standard input has a line each, with tabs between: key, id, bytes, entity tag, `marker` or `data`, `newest` or `older`, moment in seconds of its last
change, and the content: hexadecimal digits, or `@` and a file. What is longer than its content ends in a hole.
"""

import hashlib
import os
import sys


def folder_of(versions, key):
    """Older versions of a key lie below a hash of it."""
    name = hashlib.sha256(key.encode()).hexdigest()
    return os.path.join(versions, name[:2], name[2:4], name[4:6], name)


def content_of(text):
    if not text.startswith("@"):
        return bytes.fromhex(text)
    with open(text[1:], "rb") as file:
        return file.read()


def write(path, folders, content, size, moment, attributes):
    folder = os.path.dirname(path)
    if folder not in folders:
        os.makedirs(folder, exist_ok=True)
        folders.add(folder)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if content:
            os.write(file, content)
        os.ftruncate(file, size)
        for name, value in attributes:
            os.setxattr(file, name, value)
        os.utime(file, (moment, moment))
    finally:
        os.close(file)


objects, versions = sys.argv[1:]
made = set()
for line in sys.stdin:
    key, version, size, etag, kind, place, moment, content = line.rstrip("\n").split("\t")
    described = [
        ("user.version-id", version.encode()),
        ("user.etag", etag.encode()),
        ("user.content-type", b"application/octet-stream"),
    ]
    if kind == "marker":
        described.append(("user.delete-marker", b""))
    where = os.path.join(objects, key) if place == "newest" else os.path.join(folder_of(versions, key), version)
    write(where, made, content_of(content), int(size), float(moment), described)
