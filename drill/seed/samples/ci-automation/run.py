"""Sample of the CI automation: healthy while the forge takes its token."""
import http.server
import os
import pathlib
import urllib.request


def forge_takes_token():
    token = pathlib.Path(os.environ["FORGE_TOKEN_FILE"]).read_text().strip()
    request = urllib.request.Request(f"{os.environ['FORGE_URL']}/api/v1/user", headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status == 200


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status = 200 if self.path == "/health" and forge_takes_token() else 404
        except OSError:
            status = 503
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
