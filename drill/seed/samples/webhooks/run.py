"""Sample of the webhook receivers: takes what is signed with the secret, writes it down, refuses everything else."""
import hashlib
import hmac
import http.server
import os
import pathlib
import sys

secret = os.environ.get("WEBHOOK_SECRET", "").encode()
if not secret:
    sys.exit("WEBHOOK_SECRET is empty: without it anybody could speak for the forge")
log = pathlib.Path(os.environ["SOURCE_HOME"]) / "deliveries.jsonl"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.answer(200 if self.path == "/health" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = self.headers.get("X-Gitea-Signature", "")
        if not hmac.compare_digest(given, hmac.new(secret, body, hashlib.sha256).hexdigest()):
            return self.answer(403)
        with open(log, "ab") as lines:
            lines.write(body.strip().replace(b"\n", b" ") + b"\n")
        self.answer(204)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
