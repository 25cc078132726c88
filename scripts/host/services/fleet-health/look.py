"""Looks for what no longer beats, and tells: once when it stops, once when it is back.

Run by timmy-health.timer. An agent whose heart missed as many beats as are allowed, a service that is not active, or an agent whose
checkpoint is too old is an alarm in the journal and a distress signal.
"""
import datetime
import json
import os
import pathlib
import subprocess
import time

ETC = pathlib.Path(os.environ.get("FLEET_ETC", "/etc/fleet"))
VAR = pathlib.Path(os.environ.get("FLEET_VAR", "/var/lib/fleet"))
settings = json.loads((ETC / "health.json").read_text())
home = pathlib.Path(settings["home"])
told = home / "told"
now = datetime.datetime.now(datetime.timezone.utc)
limit = settings["beatSeconds"] * settings["alarmAfterBeats"]


def age(text):
    if not text:
        return float("inf")
    return (now - datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))).total_seconds()


def said(beat, what):
    """When an agent last said that of itself."""
    try:
        return json.loads((pathlib.Path(beat["home"]) / f"{what}.json").read_text())["at"]
    except (OSError, ValueError, KeyError):
        return None


def problems_of(beat):
    """Sentences about one beat; none when all is well."""
    if age(beat["at"]) > limit + settings["beatSeconds"]:
        yield f"nothing was seen of it for {age(beat['at']):.0f} s"
    if not beat["active"]:
        yield "its unit is not active"
    if beat.get("failed"):
        yield "its last run failed"
    # An agent that has just been started, or waits for its source on an empty forge, has no heart yet.
    if "heart" in beat and not beat["waiting"] and beat["upSeconds"] > limit + settings["beatSeconds"]:
        # Asked for now: what the last beat noted is as old as that beat.
        if age(said(beat, "heartbeat")) > limit:
            yield "its heart missed a beat"
        if age(said(beat, "checkpoint")) > settings["checkpointSeconds"]:
            yield "its last checkpoint is too old"


def signal(service, problem, last):
    message = {
        "timestamp": stamp(now),
        "agent": service,
        "severity": "P1",
        "category": "service_failure",
        "component": service,
        "message": f"{service} on {settings['host']}: {problem}",
        "context": {"last_success": last or stamp(now), "attempts": 1, "error": problem, "auto_recovery_attempted": True},
        "requested_action": "father_intervention",
        "escalation_timeout": stamp(now + datetime.timedelta(minutes=30)),
    }
    outbox = pathlib.Path("/var/lib/distress/outbox")
    if outbox.is_dir():
        # Written elsewhere and moved, so that nobody reads half of it.
        fresh = home / f"{service}-{time.time_ns()}.signal"
        fresh.write_text(json.dumps(message))
        fresh.replace(outbox / f"{fresh.stem}.json")


def stamp(value):
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def main():
    told.mkdir(exist_ok=True)
    installed = {path.stem for path in (ETC / "services").glob("*.json")}
    for path in sorted(home.glob("*.json")):
        if path.stem not in installed:
            path.unlink()  # retired here
            continue
        if not (VAR / "started" / path.stem).exists():
            continue  # a rebuild has not come to it yet
        beat = json.loads(path.read_text())
        problem = "; ".join(problems_of(beat))
        mark = told / path.stem
        if problem and not mark.exists():
            subprocess.run(["logger", "-p", "daemon.err", "-t", "timmy-health", "--", f"{path.stem}: {problem}"], check=False)
            signal(path.stem, problem, beat.get("heart") or beat["at"])
            mark.write_text(problem)
        elif not problem and mark.exists():
            subprocess.run(["logger", "-p", "daemon.notice", "-t", "timmy-health", "--", f"{path.stem} is back"], check=False)
            mark.unlink()


main()
