"""send.py URL FILE: sends the events of a journal to a relay, oldest first, and says how many it took and why it refused any."""
import asyncio
import collections
import json
import pathlib
import sys

import nostr


async def main(url, path):
    events = [json.loads(line) for line in path.read_text().splitlines()]
    refused = collections.Counter()
    async with nostr.connect(url) as socket:
        for event in sorted(events, key=lambda event: event["created_at"]):
            # A newer version, or a deletion, may be there already: then the relay is right to refuse the older one.
            objection = None if nostr.ephemeral(event["kind"]) else await nostr.publish(socket, event)
            if objection and not any(word in objection for word in ("replaced", "newer", "deleted", "have newer")):
                refused[objection] += 1
    for objection, count in refused.items():
        print(f"{count} events were refused: {objection}", file=sys.stderr)
    print(f"{len(events) - sum(refused.values())} of {len(events)} events sent to {url}")
    return 1 if refused else 0


sys.exit(asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2]))))
