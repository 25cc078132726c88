"""Lays out the manifest of a host (file in the first argument) as plain files in a folder (second argument).

In Python because it runs while jq is still being installed, so that users, keys, the firewall and the store need not wait for packages.
A manifest that lacks something is refused before anything is written to the host: exit code 2 and one sentence.
"""

import json
import os
import sys

sys.dont_write_bytecode = True  # what is copied to hosts is what is in the repository
import artifacts  # noqa: E402

NEEDED = [
    "host.stack",
    "host.host",
    "host.incarnation",
    "host.domain",
    "host.store.endpoint",
    "host.store.region",
    "host.store.bucket",
    "store.accessKey",
    "store.secretKey",
    "backup.identity",
    "backup.recipient",
    "backup.resticPassword",
]


def at(value, path):
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def quoted(text):
    """For the shell and for systemd's EnvironmentFile alike."""
    return "'" + text.replace("'", "'\\''") + "'"


def main(source, folder):
    try:
        with open(source, encoding="utf-8") as file:
            manifest = json.load(file)
    except ValueError:
        sys.exit("the manifest on stdin is not valid JSON")
    missing = [path for path in NEEDED if not isinstance(at(manifest, path), str) or not at(manifest, path)]
    if missing:
        sys.exit("the manifest on stdin lacks: " + ", ".join(missing))
    host, store, backup = manifest["host"], manifest["store"], manifest["backup"]

    def write(name, lines):
        with open(
            os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.writelines(line + "\n" for line in lines)

    write("host.json", [json.dumps(host, indent=2)])
    write("names", [host["host"], host["domain"]])
    environment = {
        "RCLONE_CONFIG_STORE_TYPE": "s3",
        "RCLONE_CONFIG_STORE_PROVIDER": "Other",
        "RCLONE_CONFIG_STORE_ENDPOINT": host["store"]["endpoint"],
        "RCLONE_CONFIG_STORE_REGION": host["store"]["region"],
        "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": store["accessKey"],
        "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": store["secretKey"],
        "RCLONE_CONFIG_STORE_FORCE_PATH_STYLE": "true",
        "RCLONE_CONFIG_STORE_NO_CHECK_BUCKET": "true",
        "AWS_ACCESS_KEY_ID": store["accessKey"],
        "AWS_SECRET_ACCESS_KEY": store["secretKey"],
        "AWS_DEFAULT_REGION": host["store"]["region"],
        "FLEET_BUCKET": host["store"]["bucket"],
        "FLEET_PREFIX": host["incarnation"],
    }
    write("store.env", [name + "=" + quoted(value) for name, value in environment.items()])
    write("backup.identity", [backup["identity"].rstrip("\n")])
    write("backup.recipient", [backup["recipient"]])
    write("restic.password", [backup["resticPassword"]])
    write(
        "users",
        [
            "\t".join([user["name"], user["home"], user.get("shell") or "/usr/sbin/nologin"])
            for user in manifest.get("users") or []
        ],
    )
    write(
        "operators",
        [
            " ".join(one["publicKey"].split(" ")[:2]) + " fleet:" + one["name"]
            for one in manifest.get("operators") or []
        ],
    )

    def ports(protocol):
        return {one["port"] for one in manifest.get("publicPorts") or [] if one["protocol"] == protocol}

    def element(name, numbers):
        return "add element inet fleet %s { %s }" % (name, ", ".join(str(number) for number in sorted(numbers)))

    write(
        "ports.nft",
        [element("tcp_ports", ports("tcp") | {22})] + ([element("udp_ports", ports("udp"))] if ports("udp") else []),
    )
    write("artifacts", artifacts.lines(manifest.get("artifacts")))


main(*sys.argv[1:])
