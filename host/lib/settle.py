"""settle.py REPOSITORIES...: makes data of what was unpacked as REPOSITORY.partial, and renames it to REPOSITORY. Runs as the owner.

What comes back from a store is data, never code: of the configuration what says where a repository is mirrored from and how it is laid out,
none of git's many ways to name a program; of the files refs and packs. Hooks are the host's own and are there already.
"""

import os
import re
import stat
import subprocess
import sys

# What may stand in the configuration, and the values it may have.
FLAG = r"true|false|yes|no|on|off|0|1|"
ADDRESS = r"(https?|ssh|git)://[^\s-]\S*|[\w.-]+@[\w.-]+:[^\s:-]\S*"
REFS = r"[+^]?[\w./*@-]*(:[\w./*@-]*)?"
ALLOWED = [
    (r"core\.repositoryformatversion", r"0|1"),
    (r"core\.(bare|filemode|symlinks|ignorecase|precomposeunicode|logallrefupdates)", FLAG),
    (r"extensions\.objectformat", r"sha1|sha256"),
    (r"remote\.[\w.-]+\.url", ADDRESS),
    (r"remote\.[\w.-]+\.(fetch|push)", REFS),
    (r"remote\.[\w.-]+\.(mirror|prune|skipfetchall)", FLAG),
]
PACK = re.compile(r"pack-[0-9a-f]+\.(pack|idx|rev)")


def allowed(key, value):
    return any(re.fullmatch(name, key) and re.fullmatch(values, value) for name, values in ALLOWED)


def entry(key, value):
    """One line of a configuration with the section that it belongs to."""
    section, *middle, name = key.split(".")
    subsection = ' "%s"' % ".".join(middle) if middle else ""
    return '[%s%s]\n\t%s = "%s"\n' % (section, subsection, name, value)


def settle_configuration(path):
    listed = subprocess.run(
        ["git", "config", "--file", path, "--no-includes", "--null", "--list"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise ValueError(f"its configuration cannot be read: {listed.stderr.strip()}")
    # A name without a value stands for true.
    pairs = [one.split("\n", 1) if "\n" in one else (one, "true") for one in listed.stdout.split("\0") if one]
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.writelines(entry(key, value) for key, value in pairs if allowed(key, value))
    os.replace(path + ".new", path)


def settle(folder):
    for name in ("HEAD", "packed-refs", "config"):
        path = os.path.join(folder, name)
        status = os.lstat(path) if os.path.lexists(path) else None
        if status is None or not stat.S_ISREG(status.st_mode) or not status.st_size:
            raise ValueError("there is no HEAD, no refs or no configuration in its entries")
        os.chmod(path, 0o644)
    settle_configuration(os.path.join(folder, "config"))
    for current, folders, files in os.walk(os.path.join(folder, "objects")):
        os.chmod(current, 0o755)
        for name in files + [name for name in folders if os.path.islink(os.path.join(current, name))]:
            path = os.path.join(current, name)
            if PACK.fullmatch(name) and stat.S_ISREG(os.lstat(path).st_mode):
                os.chmod(path, 0o444)
            else:
                os.unlink(path)


def main(repositories):
    for repository in repositories:
        try:
            settle(repository + ".partial")
        except ValueError as error:
            sys.exit(f"restore-repository: error: {repository} cannot be restored: {error}")
        os.rename(repository + ".partial", repository)


main(sys.argv[1:])
