"""Prints the artifacts of a manifest (stdin) one a line, tab-separated, `-` for what is absent.

In Python because it runs while jq is still being installed.
"""
import json
import sys

manifest = json.load(sys.stdin)
mirror = ((manifest.get("host") or {}).get("artifacts") or {}).get("mirror")
for artifact in manifest.get("artifacts", []):
    fields = [mirror] + [artifact.get(key) for key in ("name", "version", "url", "sha256Url", "packed", "member")]
    print("\t".join(field or "-" for field in fields))
