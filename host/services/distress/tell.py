"""Tells distress signals to whom they concern, by severity, and again at their deadline.

Run by distress.path when something is moved into the outbox, and by distress.timer for the deadlines. A message that is told goes to `open`; a
file of the same name in `resolved` ends it, which is told to all who heard of it. What is no valid message goes to `rejected`, loudly.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from owned import read_owned  # noqa: E402

settings = json.loads((pathlib.Path(os.environ.get("FLEET_ETC", "/etc/fleet")) / "secrets/distress.json").read_text())
home = pathlib.Path(settings["home"])
now = datetime.datetime.now(datetime.timezone.utc)

SEVERITIES = {"P0", "P1", "P2", "P3"}
CATEGORIES = {"service_failure", "agent_failure", "infrastructure_loss", "orphaned", "data", "other"}
ACTIONS = {"none", "self_healing", "father_intervention", "grandfather_intervention"}
CONTEXT = {"last_success": str, "attempts": int, "error": str, "auto_recovery_attempted": bool}


def moment(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError("it has no time zone")
    return at


def problems_of(message):
    """Everything that is wrong with a message ("Emergency Procedures", "Distress signal")."""
    if not isinstance(message, dict):
        return ["it is no JSON object"]
    wrong = []
    fields = {
        "timestamp",
        "agent",
        "severity",
        "category",
        "component",
        "message",
        "context",
        "requested_action",
        "escalation_timeout",
    }
    wrong += [f"{name} is missing" for name in sorted(fields - message.keys())] + [
        f"{name} is unknown" for name in sorted(message.keys() - fields)
    ]
    for name, allowed in (("severity", SEVERITIES), ("category", CATEGORIES), ("requested_action", ACTIONS)):
        if name in message and message[name] not in allowed:
            wrong.append(f"{name} must be one of {', '.join(sorted(allowed))}")
    for name in ("agent", "component", "message"):
        if name in message and not (isinstance(message[name], str) and message[name]):
            wrong.append(f"{name} must be a text")
    context = message.get("context")
    if isinstance(context, dict):
        wrong += [
            f"context.{name} must be of type {kind.__name__}"
            for name, kind in CONTEXT.items()
            if not isinstance(context.get(name), kind)
        ]
        wrong += [f"context.{name} is unknown" for name in sorted(context.keys() - CONTEXT.keys())]
    elif "context" in message:
        wrong.append("context must be an object")
    if wrong:
        return wrong
    try:
        if moment(message["escalation_timeout"]) <= moment(message["timestamp"]):
            wrong.append("escalation_timeout must be later than timestamp")
        if moment(message["context"]["last_success"]) > moment(message["timestamp"]):
            wrong.append("context.last_success must not be later than timestamp")
    except (TypeError, ValueError):
        wrong.append("a moment is not written as 2026-01-31T12:00:00Z")
    return wrong


def read(path):
    """A message and everything that is wrong with it. Whatever it is that somebody dropped, it must not keep the others from being told."""
    try:
        message = json.loads(read_owned(path))
        return message, problems_of(message)
    except Exception as error:
        return None, [f"it cannot be read ({type(error).__name__})"]


def journal(priority, text):
    subprocess.run(["logger", "-p", f"daemon.{priority}", "-t", "distress", "--", text], check=False)
    return True


def post(url, body, headers, method="POST"):
    """The answer, which is JSON on every channel; None where there is none."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        # Only the kind of the error: a URL may hold the token.
        journal("warning", f"a channel did not take the message ({type(error).__name__})")
        return None


def telegram(text):
    chat, token = settings["telegram"]["chat"], settings["telegram"]["token"]
    if not (chat and token):
        return False
    return bool(post(f"https://api.telegram.org/bot{token}/sendMessage", {"chat_id": chat, "text": text}, {}))


def forge(path, body, method="POST"):
    """What the forge answers about the issues that the messages are; None where it does not."""
    at = settings["forge"]
    try:
        token = pathlib.Path(at["tokenFile"]).read_text().strip()
    except OSError:
        return None
    return post(
        f"{at['url']}/api/v1/repos/{at['repository']}/issues{path}", body, {"Authorization": f"token {token}"}, method
    )


def issue(text, message):
    """Number of the issue that was made, or None."""
    made = forge("", {"title": f"{message['severity']}: {message['component']} of {message['agent']}", "body": text})
    return made.get("number") if made else None


def tell(message, escalated):
    """P0 goes to people at once, P1 to the forge (or past it, when the forge is what is down), the rest to the journal. Returns who heard."""
    severity = "P0" if escalated else message["severity"]
    text = f"{'ESCALATED ' if escalated else ''}{message['severity']} {message['message']} (asked for: {message['requested_action']})"
    about_forge = message["component"] in ("gitea", "reverse-proxy")
    heard = {"telegram": False, "issues": []}
    journal("err" if severity in ("P0", "P1") else "notice", text)
    if severity == "P0" or (severity == "P1" and about_forge):
        heard["telegram"] = telegram(text)
    if severity == "P0" or severity == "P1":
        # The forge is tried last when it is the one that is ill; Telegram is the way around it.
        number = issue(text, message)
        if number is not None:
            heard["issues"].append(number)
        elif not about_forge and severity == "P1":
            heard["telegram"] = telegram(text)
    return heard


def tell_over(message, heard):
    """Tells whoever heard of it that it is over, and closes its issues."""
    text = f"RESOLVED {message['severity']} {message['message']}"
    journal("notice", text)
    if heard["telegram"]:
        telegram(text)
    for number in heard["issues"]:
        forge(f"/{number}/comments", {"body": text})
        forge(f"/{number}", {"state": "closed"}, "PATCH")


def note(path, heard):
    """Adds to who heard of an open message, so that they also hear when it is over."""
    known = heard_of(path)
    both = {"telegram": known["telegram"] or heard["telegram"], "issues": known["issues"] + heard["issues"]}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(both))
    fresh.replace(path.with_suffix(".heard"))


def heard_of(path):
    try:
        return json.loads(path.with_suffix(".heard").read_text())
    except OSError:
        return {"telegram": False, "issues": []}


def main():
    for path in sorted((home / "outbox").glob("*.json")):
        message, wrong = read(path)
        if wrong:
            journal("err", f"{path.name} is no distress signal: {'; '.join(wrong)}")
            path.replace(home / "rejected" / path.name)
            continue
        note(home / "open" / path.name, tell(message, escalated=False))
        # A copy: whoever dropped it may still write to the file that it was.
        fresh = home / "open" / f"{path.name}.new"
        fresh.write_text(json.dumps(message))
        fresh.replace(home / "open" / path.name)
        path.unlink()
    for path in sorted((home / "open").glob("*.json")):
        message = json.loads(path.read_text())
        mark = path.with_suffix(".escalated")
        if (home / "resolved" / path.name).exists():
            tell_over(message, heard_of(path))
            path.unlink()
            for rest in (mark, path.with_suffix(".heard"), home / "resolved" / path.name):
                rest.unlink(missing_ok=True)
        elif now >= moment(message["escalation_timeout"]) and not mark.exists():
            note(path, tell(message, escalated=True))
            mark.touch()


if __name__ == "__main__":
    main()
