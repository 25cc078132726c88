"""check.py URL FILE: whether a relay holds every event of a journal that is not replaced, deleted, expired or ephemeral; names the first that is
missing."""

import asyncio
import json
import pathlib
import sys

import nostr

CHUNK = 100


def expected(events):
    """Ids that must be there: the newest of what replaces itself, and nothing that its author deleted or gave a time that is over."""
    deleted = {
        (event["pubkey"], tag[1]) for event in events if event["kind"] == 5 for tag in event["tags"] if tag[:1] == ["e"]
    }
    newest = {}
    for event in events:
        if nostr.ephemeral(event["kind"]) or nostr.expired(event) or (event["pubkey"], event["id"]) in deleted:
            continue
        name = next((tag[1] for tag in event["tags"] if tag[:1] == ["d"]), "") if event["kind"] >= 30000 else ""
        key = (event["pubkey"], event["kind"], name) if nostr.replaceable(event["kind"]) else event["id"]
        if key not in newest or event["created_at"] > newest[key]["created_at"]:
            newest[key] = event
    return [event["id"] for event in newest.values()]


async def main(url, path):
    ids = expected([json.loads(line) for line in path.read_text().splitlines()]) if path.exists() else []
    missing = []
    async with nostr.connect(url) as socket:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            found = {event["id"]: event for event in await nostr.ask(socket, {"ids": chunk})}
            missing += [id for id in chunk if id not in found]
            # Signatures are slow to check here: the ids bind the content, a few signatures tell that they survived.
            if any(nostr.event_id(event) != id for id, event in found.items()) or not all(
                map(nostr.valid, list(found.values())[:2])
            ):
                sys.exit(f"{url} holds an event that is not what its id or signature says")
    if missing:
        sys.exit(f"{url} lacks {len(missing)} of {len(ids)} events, the first is {missing[0]}")
    print(f"{url} holds all {len(ids)} events")


asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2])))
