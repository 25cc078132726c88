"""Writes a beat of every service of this host, and of every agent what its own heart last did.

Run by <fleet>-agent.timer. `<home>/<service>.json` holds the newest, `<home>/logs/heartbeat_<day>.log` all of the last days.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from owned import read_owned  # noqa: E402

ETC = pathlib.Path(os.environ.get("FLEET_ETC", "/etc/fleet"))
settings = json.loads((ETC / "health.json").read_text())
home = pathlib.Path(settings["home"])
now = datetime.datetime.now(datetime.timezone.utc)


def moment(value):
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def read(path):
    try:
        return json.loads(read_owned(path))
    except (OSError, ValueError):
        return {}


def state(unit):
    wanted = "ActiveState,NRestarts,ActiveEnterTimestampMonotonic"
    shown = subprocess.run(["systemctl", "show", "-p", wanted, unit], capture_output=True, text=True, check=True).stdout
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    since = int(values.get("ActiveEnterTimestampMonotonic") or 0) / 1e6
    return (
        values.get("ActiveState", "unknown"),
        int(values.get("NRestarts") or 0),
        time.clock_gettime(time.CLOCK_MONOTONIC) - since,
    )


def last_run_failed(unit):
    """Of what a timer or a path unit starts: that one is well also when each of its runs fails."""
    stem, _, kind = unit.rpartition(".")
    if kind not in ("timer", "path"):
        return False
    return state(f"{stem}.service")[0] == "failed"


def beat_of(plan):
    active, restarts, up = state(plan["health"]["unit"])
    beat = {
        "service": plan["name"],
        "host": settings["host"],
        "at": moment(now),
        "active": active == "active",
        "restarts": restarts,
        "upSeconds": round(up),
    }
    waiting = bool(plan.get("source")) and not (pathlib.Path(plan["users"][0]["home"]) / "source.from").exists()
    # On an empty forge there is nothing yet that could run well.
    beat["failed"] = not waiting and last_run_failed(plan["health"]["unit"])
    if plan["kind"] == "hermes-agent":
        agent = pathlib.Path(plan["users"][0]["home"])
        beat["home"] = str(agent)
        # The agent's own words, so that one whose process hangs does not pass for alive.
        beat["heart"] = read(agent / "heartbeat.json").get("at")
        beat["checkpoint"] = read(agent / "checkpoint.json").get("at")
        beat["waiting"] = waiting
    return beat


def main():
    lines = []
    for path in sorted((ETC / "services").glob("*.json")):
        beat = beat_of(read(path))
        target = home / f"{beat['service']}.json"
        fresh = target.with_suffix(".new")
        fresh.write_text(json.dumps(beat) + "\n")
        fresh.replace(target)
        lines.append(
            f"{beat['at']} {beat['service']} {'active' if beat['active'] else 'DOWN'} restarts={beat['restarts']}\n"
        )
    logs = home / "logs"
    with open(logs / f"heartbeat_{now:%Y-%m-%d}.log", "a") as log:
        log.writelines(lines)
    oldest = now - datetime.timedelta(days=settings["logDays"])
    for log in logs.glob("heartbeat_*.log"):
        if log.name < f"heartbeat_{oldest:%Y-%m-%d}.log":
            log.unlink()


main()
