"""mirror.py URL FILE: writes every event of a relay down, one JSON line each: what it holds first, then what comes in, as it comes in.

The file is only ever added to, so that a backup of it at any moment is a state the relay was in.
"""

import asyncio
import json
import os
import pathlib
import sys

import nostr

REFRESH_SECONDS = 600


def known_ids(path):
    """Ids of the lines of the file; a line that was cut off by a crash is taken out."""
    ids, whole = set(), 0
    if path.exists():
        with open(path, "rb") as lines:
            for line in lines:
                try:
                    ids.add(json.loads(line)["id"])
                except (ValueError, KeyError):
                    break
                whole += len(line)
        if whole < path.stat().st_size:
            os.truncate(path, whole)
    return ids


async def main(url, path):
    ids = known_ids(path)
    with open(path, "a") as log:

        def note(event):
            if event["id"] not in ids:
                ids.add(event["id"])
                log.write(json.dumps(event, ensure_ascii=False) + "\n")
                log.flush()
                os.fsync(log.fileno())

        async with nostr.connect(url) as live, nostr.connect(url) as pages:
            # Listening first, so that nothing falls between what is stored and what comes in.
            await live.send(json.dumps(["REQ", "live", {"since": 1, "limit": nostr.PAGE}]))
            async for event in nostr.everything(pages):
                note(event)
            (path.parent / "caught-up").touch()
            print(f"{len(ids)} events of {url} are written down; listening", flush=True)
            while True:
                try:
                    message = json.loads(await asyncio.wait_for(live.recv(), REFRESH_SECONDS))
                except asyncio.TimeoutError:
                    await live.ping()
                    continue
                if message[0] == "EVENT":
                    note(message[2])
                elif message[0] == "CLOSED":
                    raise SystemExit(f"the relay ended the subscription: {message[-1]}")


asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2])))
