"""How versitygw keeps objects on a disk: the newest version of each below `buckets` under its key, older ones below `versions` under the hash of
their key and their id, and all that it knows of one in extended attributes."""

import gzip
import hashlib
import json
import os

# What a site keeps. Everything else in its folder is its own.
KEPT = ("accounts", "buckets", "versions")
# What the server works in; none of it is anybody's data.
OWN = (".sgwtmp", ".vgwlocks")
CHUNK = 1 << 20


def attribute(path, name):
    """Of a file or folder; undefined where it has none."""
    try:
        return os.getxattr(path, "user." + name, follow_symlinks=False)
    except OSError:
        return None


def attributes(path):
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)}


def free_percent(folder):
    disk = os.statvfs(folder)
    return 100 * disk.f_bavail // disk.f_blocks


def write_json(path, value):
    """Replaces the file in one step."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return None


def place_of(state, bucket, key, version):
    """The file of a version; none where there is no such version."""
    newest = os.path.join(state, "buckets", bucket, key)
    if (attribute(newest, "version-id") or b"null").decode() == version and os.path.exists(newest):
        return newest
    older = os.path.join(state, "versions", bucket, older_of(hash_of(key)), version)
    return older if os.path.exists(older) else None


def hash_of(key):
    return hashlib.sha256(key.encode()).hexdigest()


def older_of(name):
    """Folder of the older versions of a key, by its hash."""
    return os.path.join(name[:2], name[2:4], name[4:6], name)


def why_damaged(path):
    """What is wrong with the content of a version; none where it is what was written, or where nothing was."""
    tag = (attribute(path, "etag") or b"").decode().strip('"')
    if not tag:
        return None
    parts = attribute(path, "mp-metadata")
    try:
        found = md5_of_parts(path, json.loads(gzip.decompress(parts))["parts"]) if parts else md5_of(path)
    except (OSError, ValueError, KeyError, EOFError) as error:
        return f"it cannot be read: {error}"
    return None if found == tag else f"its MD5 is {found}, and {tag} was written"


def md5_of(path):
    with open(path, "rb") as file:
        return digest(file).hexdigest()


def md5_of_parts(path, ends):
    """The tag of an object that went in parts: the MD5 of the MD5s of its parts, which end where the server wrote down."""
    sums, begin = b"", 0
    with open(path, "rb") as file:
        for end in ends:
            sums += digest(file, end - begin).digest()
            begin = end
        if file.read(1):
            return "of more than its parts"
    return f"{hashlib.md5(sums).hexdigest()}-{len(ends)}"


def digest(file, length=None):
    found = hashlib.md5()
    while length is None or length > 0:
        read = file.read(CHUNK if length is None else min(CHUNK, length))
        if not read:
            break
        found.update(read)
        if length is not None:
            length -= len(read)
    return found


def files_below(folder):
    """Every file, without what the server works in."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in OWN]
        for name in names:
            yield os.path.join(root, name)
