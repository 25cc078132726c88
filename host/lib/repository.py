"""repository.py FOLDER PREFIX: a restic repository of which only a part was fetched, for restic on this host.

Prints its port on the loopback interface and serves FOLDER there, read only. Of what is listed beside FOLDER (FOLDER.list: version, size and path) and
not in it yet, an object is fetched from the store, PREFIX before its path, when it is asked for first: of a repository that holds years, a restore
reads what its snapshot needs. Ends with 1 and a line that says why as soon as an object cannot be fetched, because restic would ask for minutes.
"""

import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import ssl
import sys
import tempfile
import threading
import urllib.parse

TRIES = 3
TIMEOUT_SECONDS = 30
BLOCK = 1 << 20


class Store:
    """The bucket of this host, read with its key; one connection a thread."""

    def __init__(self, environment):
        self.endpoint = urllib.parse.urlsplit(environment["RCLONE_CONFIG_STORE_ENDPOINT"])
        self.region = environment["RCLONE_CONFIG_STORE_REGION"]
        self.bucket = environment["FLEET_BUCKET"]
        self.access, self.secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        self.local = threading.local()

    def connection(self):
        if not hasattr(self.local, "connection"):
            to, options = self.endpoint.netloc, {"timeout": TIMEOUT_SECONDS}
            if self.endpoint.scheme == "https":
                self.local.connection = http.client.HTTPSConnection(to, context=ssl.create_default_context(), **options)
            else:
                self.local.connection = http.client.HTTPConnection(to, **options)
        return self.local.connection

    def signed(self, path, query):
        """Headers of a GET, by Signature Version 4 of AWS. The body is empty, and no part of what is signed."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": self.endpoint.netloc, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": now}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"GET\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        credential = f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={names}, Signature={signature}"
        return {**headers, "authorization": credential}

    def fetch(self, key, version, size, target):
        """Writes a version of an object to a file."""
        path = f"{self.endpoint.path.rstrip('/')}/{self.bucket}/{key}"
        query = f"versionId={version}"
        connection = self.connection()
        try:
            connection.request("GET", f"{path}?{query}", headers=self.signed(path, query))
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(f"the store answered {answer.status}")
            got = 0
            while block := answer.read(BLOCK):
                got += target.write(block)
            if got != size:
                raise OSError(f"{got} bytes instead of {size}")
        except (OSError, http.client.HTTPException):
            connection.close()
            raise


class Repository:
    def __init__(self, folder, prefix, store):
        self.folder, self.prefix, self.store = folder, prefix, store
        self.partial = f"{folder}.partial"
        os.makedirs(self.partial, mode=0o700, exist_ok=True)
        with open(f"{folder}.list", encoding="utf-8") as lines:
            listed = [line.rstrip("\n").split("\t") for line in lines]
        self.objects = {path: (version, int(size)) for version, size, path in listed}
        self.locks = {path: threading.Lock() for path in self.objects}

    def names(self, kind):
        """Name and size of the objects of a kind; data lies in folders by the first byte of its name."""
        kept = re.compile(rf"{kind}/(?:[0-9a-f]{{2}}/)?([0-9a-f]{{64}})")
        found = [(kept.fullmatch(path), size) for path, (_, size) in self.objects.items()]
        return [{"name": match[1], "size": size} for match, size in found if match]

    def path_of(self, asked):
        """The path of what restic asks for; None where there is no such object."""
        kind, _, name = asked.strip("/").partition("/")
        path = f"data/{name[:2]}/{name}" if kind == "data" else asked.strip("/")
        return path if path in self.objects else None

    def file_of(self, path):
        """A file with the object, fetched where it is not there yet. OSError where it cannot be had."""
        file = os.path.join(self.folder, path)
        version, size = self.objects[path]
        with self.locks[path]:
            if not (os.path.exists(file) and os.path.getsize(file) == size):
                self.fetch(path, version, size, file)
        return file

    def fetch(self, path, version, size, file):
        for attempt in range(TRIES):
            try:
                with tempfile.NamedTemporaryFile(dir=self.partial, delete=False) as target:
                    self.store.fetch(f"{self.prefix}/{path}", version, size, target)
                os.chmod(target.name, 0o644)
                os.makedirs(os.path.dirname(file), mode=0o755, exist_ok=True)
                os.replace(target.name, file)
                return
            except (OSError, http.client.HTTPException) as error:
                os.unlink(target.name)
                if attempt + 1 == TRIES:
                    raise OSError(f"{self.prefix}/{path}: {error}") from error


class Handler(http.server.BaseHTTPRequestHandler):
    """What restic asks of a REST server (https://restic.readthedocs.io/en/stable/REST_backend.html), as far as it reads."""

    protocol_version = "HTTP/1.1"
    repository: Repository

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        path = self.repository.path_of(self.path)
        if path is None:
            return self.answer(404)
        return self.answer(200, length=self.repository.objects[path][1])

    def do_GET(self):
        kind = self.path.strip("/")
        if kind in ("keys", "index", "snapshots", "data", "locks"):
            listed = json.dumps(self.repository.names(kind)).encode()
            self.answer(200, length=len(listed), kind="application/vnd.x.restic.rest.v2")
            return self.wfile.write(listed)
        path = self.repository.path_of(self.path)
        if path is None:
            return self.answer(404)
        try:
            file = self.repository.file_of(path)
        except OSError as error:
            print(f"{error}", file=sys.stderr, flush=True)
            os._exit(1)
        return self.send(file)

    def send(self, file):
        size = os.path.getsize(file)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start, end = (int(asked[1]), min(int(asked[2] or size - 1), size - 1)) if asked else (0, size - 1)
        self.answer(206 if asked else 200, length=end - start + 1)
        with open(file, "rb") as content:
            content.seek(start)
            self.wfile.write(content.read(end - start + 1))

    def answer(self, status, length=0, kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # restic breaks off what it has asked for once something else failed; the error to be told is restic's.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main(folder, prefix):
    Handler.repository = Repository(folder, prefix, Store(os.environ))
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
