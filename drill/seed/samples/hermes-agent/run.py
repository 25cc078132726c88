#!/usr/bin/env python3
"""Sample of a hermes agent: writes a heartbeat every five seconds, and nothing else."""
import datetime
import json
import os
import pathlib
import time

heartbeat = pathlib.Path(os.environ["HERMES_HOME"]) / "heartbeat.json"

while True:
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    fresh = heartbeat.with_suffix(".new")
    fresh.write_text(json.dumps({"at": now.replace("+00:00", "Z")}) + "\n")
    fresh.replace(heartbeat)
    time.sleep(5)
