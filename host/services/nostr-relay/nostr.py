"""Just enough of Nostr (NIP-01, BIP-340) to write events down, send them again and try a relay. Speaks WebSocket by python3-websockets."""

import asyncio
import hashlib
import json
import os
import sys
import time

import websockets

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

# What a relay hands out at most in one answer is its own choice; this is below what all of them allow.
PAGE = 400
WAIT_SECONDS = 20


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and a[1] != b[1]:
        return None
    slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(point, factor):
    result = None
    while factor:
        if factor & 1:
            result = add(result, point)
        point = add(point, point)
        factor >>= 1
    return result


def tagged(tag, data):
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + data).digest()


def event_id(event):
    body = [0, event["pubkey"], event["created_at"], event["kind"], event["tags"], event["content"]]
    return hashlib.sha256(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def signed(kind, content, tags=(), secret=None, created_at=None):
    """An event with a valid signature, by a key of this moment unless one is given."""
    key = int.from_bytes(secret or os.urandom(32), "big") % (N - 1) + 1
    public = multiply(G, key)
    if public[1] % 2:
        key = N - key
    x = public[0].to_bytes(32, "big")
    event = {
        "pubkey": x.hex(),
        "created_at": created_at or int(time.time()),
        "kind": kind,
        "tags": list(tags),
        "content": content,
    }
    event["id"] = event_id(event)
    message = bytes.fromhex(event["id"])
    masked = (key ^ int.from_bytes(tagged("BIP0340/aux", os.urandom(32)), "big")).to_bytes(32, "big")
    nonce = int.from_bytes(tagged("BIP0340/nonce", masked + x + message), "big") % N
    point = multiply(G, nonce)
    if point[1] % 2:
        nonce = N - nonce
    r = point[0].to_bytes(32, "big")
    challenge = int.from_bytes(tagged("BIP0340/challenge", r + x + message), "big") % N
    event["sig"] = (r + ((nonce + challenge * key) % N).to_bytes(32, "big")).hex()
    return event


def valid(event):
    """Whether its id is that of its content and its signature that of its author."""
    if event_id(event) != event["id"]:
        return False
    x = int(event["pubkey"], 16)
    y = pow((pow(x, 3, P) + 7) % P, (P + 1) // 4, P)
    point = (x, y if y % 2 == 0 else P - y)
    signature = bytes.fromhex(event["sig"])
    challenge = (
        int.from_bytes(
            tagged("BIP0340/challenge", signature[:32] + bytes.fromhex(event["pubkey"]) + bytes.fromhex(event["id"])),
            "big",
        )
        % N
    )
    found = add(multiply(G, int.from_bytes(signature[32:], "big")), multiply(point, N - challenge))
    return found is not None and found[1] % 2 == 0 and found[0] == int.from_bytes(signature[:32], "big")


def connect(url):
    # Relays ping at their own pace, and events may be large.
    return websockets.connect(url, max_size=2**24, open_timeout=WAIT_SECONDS, ping_interval=None)


async def receive(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), WAIT_SECONDS))


async def ask(socket, query, name="ask"):
    """The stored events that match, as far as the relay hands them out at once."""
    await socket.send(json.dumps(["REQ", name, query]))
    events = []
    while True:
        message = await receive(socket)
        if message[0] == "EVENT" and message[1] == name:
            events.append(message[2])
        elif message[0] == "EOSE" and message[1] == name:
            await socket.send(json.dumps(["CLOSE", name]))
            return events
        elif message[0] in ("NOTICE", "CLOSED"):
            raise RuntimeError(f"the relay refused a question: {message[-1]}")


async def everything(socket):
    """All stored events, newest first, page by page. Whether `until` is part of a page is not the same for every relay."""
    known, until = set(), None
    while True:
        # Some relays answer nothing to a question without any bound.
        query = {"since": 1, "limit": PAGE}
        events = await ask(socket, query if until is None else {**query, "until": until})
        if not events:
            return
        fresh = [event for event in events if event["id"] not in known]
        for event in fresh:
            known.add(event["id"])
            yield event
        oldest = min(event["created_at"] for event in events)
        if fresh:
            until = oldest + 1
        else:
            if len(events) >= PAGE:
                print(f"second {oldest} may hold more events than the relay hands out at once", file=sys.stderr)
            until = min(until, oldest + 1) - 1


async def publish(socket, event):
    """Sends an event; returns the relay's objection, or nothing when it took the event or has it already."""
    await socket.send(json.dumps(["EVENT", event]))
    while True:
        message = await receive(socket)
        if message[0] == "OK" and message[1] == event["id"]:
            return None if message[2] or str(message[3]).startswith("duplicate") else str(message[3])


def replaceable(kind):
    return kind in (0, 3) or 10000 <= kind < 20000 or 30000 <= kind < 40000


def ephemeral(kind):
    return 20000 <= kind < 30000


def expired(event):
    """Whether an event is past its time (NIP-40), or will be before a relay has answered: relays hand it out no more and refuse it."""
    at = next((tag[1] for tag in event["tags"] if tag[:1] == ["expiration"] and len(tag) > 1), "")
    return at.isdecimal() and int(at) <= time.time() + WAIT_SECONDS
