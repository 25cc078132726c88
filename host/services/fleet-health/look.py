"""Looks for what no longer beats, and tells: once when it stops, once when it is back.

Run by <fleet>-health.timer. An agent whose heart missed as many beats as are allowed, a service that is not active, or an agent whose
checkpoint is too old is an alarm in the journal and a distress signal, which ends when it is back. When all agents of the host are down, that
is one more signal, for people.
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
VAR = pathlib.Path(os.environ.get("FLEET_VAR", "/var/lib/fleet"))
settings = json.loads((ETC / "health.json").read_text())
home = pathlib.Path(settings["home"])
told = home / "told"
distress = pathlib.Path("/var/lib/distress")
now = datetime.datetime.now(datetime.timezone.utc)
limit = settings["beatSeconds"] * settings["alarmAfterBeats"]


def age(text):
    if not text:
        return float("inf")
    return (now - datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))).total_seconds()


def said(beat, what):
    """When an agent last said that of itself."""
    try:
        return json.loads(read_owned(pathlib.Path(beat["home"]) / f"{what}.json"))["at"]
    except (OSError, ValueError, KeyError, TypeError):
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


def is_down(service, beat):
    """Whether an agent is down at this moment: the last beat is too old to call people for."""
    unit = json.loads((ETC / "services" / f"{service}.json").read_text())["health"]["unit"]
    if subprocess.run(["systemctl", "-q", "is-active", unit], check=False).returncode:
        return True
    return beat["upSeconds"] > limit + settings["beatSeconds"] and age(said(beat, "heartbeat")) > limit


def journal(priority, text):
    subprocess.run(["logger", "-p", f"daemon.{priority}", "-t", "fleet-health", "--", text], check=False)


def begin(subject, problem, last, **more):
    """Tells that something is wrong. `told/<subject>` keeps the signal's name, by which it is ended."""
    journal("err", f"{subject}: {problem}")
    message = {
        "timestamp": stamp(now),
        "agent": subject,
        "severity": "P1",
        "category": "service_failure",
        "component": subject,
        "message": f"{subject} on {settings['host']}: {problem}",
        "context": {
            "last_success": last or stamp(now),
            "attempts": 1,
            "error": problem,
            "auto_recovery_attempted": True,
        },
        "requested_action": "father_intervention",
        "escalation_timeout": stamp(now + datetime.timedelta(minutes=30)),
        **more,
    }
    name = f"{subject}-{time.time_ns()}"
    if (distress / "outbox").is_dir():
        # Written elsewhere and moved, so that nobody reads half of it.
        fresh = home / f"{name}.signal"
        fresh.write_text(json.dumps(message))
        fresh.replace(distress / "outbox" / f"{name}.json")
    (told / subject).write_text(name)


def end(subject):
    """Ends the signal of what is back: nobody is to be called for it at its deadline."""
    if (distress / "resolved").is_dir():
        (distress / "resolved" / f"{(told / subject).read_text()}.json").touch()
    (told / subject).unlink()


def stamp(value):
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def look_at_all(agents):
    """Each agent by its name with its beat, those that were told of before this look being `known`: a reboot is over by the next."""
    everyone_down = len(agents) > 1 and all(known and is_down(service, beat) for service, beat, known in agents)
    if everyone_down and not (told / "agents").exists():
        last = max((said(beat, "heartbeat") or beat["at"] for _, beat, _ in agents), default=None)
        begin(
            "agents",
            "every agent is down",
            last,
            severity="P0",
            category="agent_failure",
            requested_action="grandfather_intervention",
        )
    elif not everyone_down and (told / "agents").exists():
        journal("notice", "agents are back")
        end("agents")


def main():
    told.mkdir(exist_ok=True)
    installed = {path.stem for path in (ETC / "services").glob("*.json")}
    agents = []
    for path in sorted(home.glob("*.json")):
        mark = told / path.stem
        if path.stem not in installed:
            path.unlink()  # retired here
            if mark.exists():
                end(path.stem)
            continue
        if not (VAR / "started" / path.stem).exists():
            continue  # a rebuild has not come to it yet
        beat = json.loads(path.read_text())
        problem = "; ".join(problems_of(beat))
        if "heart" in beat and not beat["waiting"]:
            agents.append((path.stem, beat, mark.exists()))
        if problem and not mark.exists():
            begin(path.stem, problem, beat.get("heart") or beat["at"])
        elif not problem and mark.exists():
            journal("notice", f"{path.stem} is back")
            end(path.stem)
    look_at_all(agents)


main()
