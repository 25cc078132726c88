"""Sample of the fleet's own relay: NIP-01 over python3-websockets and SQLite."""
import asyncio
import hashlib
import http
import json
import os
import sqlite3

import websockets

store = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
store.execute("PRAGMA journal_mode = WAL")
store.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, pubkey TEXT, created_at INTEGER, kind INTEGER, event TEXT)")
store.execute("CREATE INDEX IF NOT EXISTS by_time ON events (created_at)")
listeners = {}


def genuine(event):
    body = [0, event["pubkey"], event["created_at"], event["kind"], event["tags"], event["content"]]
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return len(event["sig"]) == 128 and hashlib.sha256(text.encode()).hexdigest() == event["id"]


def matches(query, event):
    tags = [(name[1:], values) for name, values in query.items() if name.startswith("#")]
    return (
        ("ids" not in query or event["id"] in query["ids"])
        and ("authors" not in query or event["pubkey"] in query["authors"])
        and ("kinds" not in query or event["kind"] in query["kinds"])
        and query.get("since", 0) <= event["created_at"] <= query.get("until", 2**62)
        and all(any(tag[0] == name and tag[1] in values for tag in event["tags"]) for name, values in tags)
    )


def stored(query):
    found = []
    where, values = "created_at BETWEEN ? AND ?", [query.get("since", 0), query.get("until", 2**62)]
    if "ids" in query:
        where += f" AND id IN ({','.join('?' * len(query['ids']))})"
        values += query["ids"]
    for (text,) in store.execute(f"SELECT event FROM events WHERE {where} ORDER BY created_at DESC", values):
        event = json.loads(text)
        if matches(query, event):
            found.append(event)
        if len(found) >= query.get("limit", 500):
            break
    return found


async def take(socket, event):
    try:
        if not genuine(event):
            return await socket.send(json.dumps(["OK", event.get("id", ""), False, "invalid: id or signature"]))
    except (KeyError, TypeError):
        return await socket.send(json.dumps(["OK", "", False, "invalid: not an event"]))
    new = store.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", (event["id"], event["pubkey"], event["created_at"], event["kind"], json.dumps(event))).rowcount
    await socket.send(json.dumps(["OK", event["id"], True, "" if new else "duplicate: have it"]))
    if new:
        for (other, name), queries in list(listeners.items()):
            if any(matches(query, event) for query in queries):
                await other.send(json.dumps(["EVENT", name, event]))


async def serve(socket):
    try:
        async for text in socket:
            message = json.loads(text)
            if message[0] == "EVENT":
                await take(socket, message[1])
            elif message[0] == "REQ":
                listeners[(socket, message[1])] = message[2:]
                for query in message[2:]:
                    for event in stored(query):
                        await socket.send(json.dumps(["EVENT", message[1], event]))
                await socket.send(json.dumps(["EOSE", message[1]]))
            elif message[0] == "CLOSE":
                listeners.pop((socket, message[1]), None)
    finally:
        for key in [key for key in listeners if key[0] is socket]:
            del listeners[key]


async def plain(_path, headers):
    if "Upgrade" not in headers:
        return http.HTTPStatus.OK, {"Content-Type": "application/nostr+json"}, b'{"name":"fleet-relay","supported_nips":[1]}'
    return None


async def main():
    async with websockets.serve(serve, "0.0.0.0", int(os.environ["PORT"]), process_request=plain, max_size=2**24):
        await asyncio.Future()


asyncio.run(main())
