"""try.py URL: publishes an event to a relay and reads it back."""

import asyncio
import sys

import nostr


async def main(url):
    # Short-lived by NIP-40, so that probes do not pile up where the relay knows that.
    event = nostr.signed(1, "fleet probe", [["expiration", str(int(nostr.time.time()) + 86400)]])
    async with nostr.connect(url) as socket:
        objection = await nostr.publish(socket, event)
        if objection:
            sys.exit(f"{url} refused an event: {objection}")
        found = await nostr.ask(socket, {"ids": [event["id"]]})
    if not found or found[0]["content"] != event["content"] or not nostr.valid(found[0]):
        sys.exit(f"{url} took event {event['id']} and does not hand it out again")
    print(f"{url} took and handed out event {event['id']}")


asyncio.run(main(sys.argv[1]))
