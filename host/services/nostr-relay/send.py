"""send.py URL FILE: sends the events of a journal to a relay, oldest first, and says how many it took and why it refused any. What no relay keeps
(ephemeral, expired) is not sent."""

import asyncio
import collections
import json
import pathlib
import sys

import nostr


async def main(url, path):
    written = [json.loads(line) for line in path.read_text().splitlines()]
    events = [event for event in written if not nostr.ephemeral(event["kind"]) and not nostr.expired(event)]
    refused = collections.Counter()
    async with nostr.connect(url) as socket:
        for event in sorted(events, key=lambda event: event["created_at"]):
            # A newer version, or a deletion, may be there already: then the relay is right to refuse the older one.
            objection = await nostr.publish(socket, event)
            if objection and not any(word in objection for word in ("replaced", "newer", "deleted", "have newer")):
                refused[objection] += 1
    for objection, count in refused.items():
        print(f"{count} events were refused: {objection}", file=sys.stderr)
    print(
        f"{len(events) - sum(refused.values())} of {len(events)} events sent to {url}; {len(written) - len(events)} are ephemeral or expired"
    )
    return 1 if refused else 0


sys.exit(asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2]))))
