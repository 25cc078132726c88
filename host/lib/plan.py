"""check PLAN SERVICE FOLDER: refuses what is not the whole plan of the service, before anything is touched (exit code 1 and one sentence),
and lays out what the shell does with it in FOLDER: `users` (name, home, shell), `repositories` (their owner, if there are any), `units`
(their names; of a template the pattern of its instances).
put PLAN INSTALLED UNITS: directories, files and units of the plan, and the plan itself as INSTALLED. What the plan that was installed
before had and this one has not is removed.

In Python because services are installed while jq is still on its way, and because a file would otherwise cost ten processes.
"""

import grp
import hashlib
import json
import os
import pwd
import secrets
import subprocess
import sys

sys.dont_write_bytecode = True
from owned import open_folder  # noqa: E402


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(path, content, mode, owner=None, group=None):
    """Replaces the file in one step; nobody else can read it before it has its owner and mode."""
    folder, name = open_folder(os.path.dirname(path), make=True), os.path.basename(path)
    temporary = f"{name}.{secrets.token_hex(4)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        if owner:
            own(descriptor, owner, group)
        os.fchmod(descriptor, mode)
    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.close(folder)


def own(descriptor, owner, group):
    os.fchown(descriptor, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)


def check(source, service, folder):
    try:
        plan = read(source)
    except ValueError:
        plan = {}
    if (
        not isinstance(plan, dict)
        or plan.get("name") != service
        or not {"directories", "files", "units"} <= plan.keys()
    ):
        sys.exit("stdin is not the plan of " + service)
    unfilled = [file["path"] for file in plan["files"] if "{{secret:" in file["content"]]
    if unfilled:
        sys.exit(
            "these files still hold a {{secret:…}} that nobody filled in: "
            + ", ".join(unfilled)
            + "; nothing was installed"
        )
    dataset = plan.get("dataset") or {}
    users = [
        "\t".join([user["name"], user["home"], user.get("shell") or "/usr/sbin/nologin"])
        for user in plan.get("users") or []
    ]
    lists = {
        "users": users,
        "repositories": [dataset["owner"]] if dataset.get("repositories") else [],
        "units": [unit["name"].replace("@.", "@*.") for unit in plan["units"]],
    }
    for name, lines in lists.items():
        write(os.path.join(folder, name), "".join(line + "\n" for line in lines), 0o600)


def remove_gone(plan, before, units):
    for name in sorted({unit["name"] for unit in before["units"]} - {unit["name"] for unit in plan["units"]}):
        if os.path.exists(os.path.join(units, name)):
            subprocess.run(["systemctl", "-q", "disable", "--now", name], check=True)
            os.remove(os.path.join(units, name))
    for path in {file["path"] for file in before["files"]} - {file["path"] for file in plan["files"]}:
        folder = open_folder(os.path.dirname(path), make=True)
        try:
            os.remove(os.path.basename(path), dir_fd=folder)
        except FileNotFoundError:
            pass  # nothing is left to remove
        os.close(folder)


def put(source, installed, units):
    plan = read(source)
    if os.path.exists(installed) and os.path.getsize(installed):
        remove_gone(plan, read(installed), units)
    for folder in plan["directories"]:
        descriptor = open_folder(folder["path"], make=True)
        own(descriptor, folder["owner"], folder["group"])
        os.fchmod(descriptor, int(folder["mode"], 8))
        os.close(descriptor)
    for file in plan["files"]:
        write(file["path"], file["content"], int(file["mode"], 8), file["owner"], file["group"])
        # Contents may be secrets, so the plan that stays on the host holds their checksums only.
        file["content"] = "sha256:" + hashlib.sha256(file["content"].encode()).hexdigest()
    for unit in plan["units"]:
        write(os.path.join(units, unit["name"]), unit["content"], 0o644)
    write(installed, json.dumps(plan, indent=2, ensure_ascii=False) + "\n", 0o600)


try:
    {"check": check, "put": put}[sys.argv[1]](*sys.argv[2:])
except OSError as error:
    sys.exit(f"the plan cannot be put in place: {error}")
