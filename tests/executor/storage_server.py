"""An object storage on a loopback port that fails as it is told to."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.executor.running_executor import DEADLINE_SECONDS

CHUNK = 64 * 1024


@dataclass
class Behaviour:
    """What a request meets instead of success.

    `after_bytes` of the body, in either direction, the connection ends, if `reset` with a reset,
    which may take bytes with it that were sent before.
    """

    status: int | None = None
    body: bytes = b""
    after_bytes: int | None = None
    reset: bool = False
    wait: threading.Event | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Upload:
    fields: dict[str, str]
    content: bytes
    length: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class StorageServer:
    """Objects by path; `behave` queues what the next requests meet, then all is well again."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self.ranges: list[str | None] = []
        self.uploads: list[Upload] = []
        self.requests = 0
        self.most_posts_at_once = 0
        self.forever: Behaviour | None = None
        self._posts = 0
        self._behaviours: list[Behaviour] = []
        self._lock = threading.Lock()
        storage = self

        class Handler(_Handler):
            store = storage

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "http" if tls is None else "https"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self._server.server_port}{path}?X-Amz-Signature=secret"

    def behave(self, *behaviours: Behaviour) -> None:
        with self._lock:
            self._behaviours += behaviours

    def next_behaviour(self) -> Behaviour:
        with self._lock:
            self.requests += 1
            if self._behaviours:
                return self._behaviours.pop(0)
            return self.forever or Behaviour()

    @contextlib.contextmanager
    def counted_post(self) -> Iterator[None]:
        with self._lock:
            self._posts += 1
            self.most_posts_at_once = max(self.most_posts_at_once, self._posts)
        try:
            yield
        finally:
            with self._lock:
                self._posts -= 1

    def stored(self) -> dict[str, str]:
        """The SHA-256 of what each key holds in the end."""
        return {upload.fields["key"]: upload.sha256 for upload in list(self.uploads)}

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    store: StorageServer
    protocol_version = "HTTP/1.1"
    log_message: Callable[..., None] = lambda *_: None  # type: ignore[assignment]

    def _end(self, reset: bool) -> None:
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, body: bytes = b"", **headers: Any) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        behaviour = self.store.next_behaviour()
        self.store.ranges.append(self.headers.get("Range"))
        if behaviour.wait is not None:
            behaviour.wait.wait(DEADLINE_SECONDS)
        if behaviour.status is not None:
            self._answer(behaviour.status, behaviour.body, **behaviour.headers)
            return
        content = self.store.objects.get(self.path.partition("?")[0])
        if content is None:
            self._answer(404)
            return
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("If-Match", etag) != etag:
            self._answer(412)
            return
        self._send_content(content, etag, behaviour)

    def _send_content(self, content: bytes, etag: str, behaviour: Behaviour) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        self.send_response(206 if found else 200)
        if found:
            total = len(content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = len(content)
        if behaviour.after_bytes is not None:
            stop = min(stop, start + behaviour.after_bytes)
        for position in range(start, stop, CHUNK):
            self.wfile.write(content[position : min(stop, position + CHUNK)])
        if stop < len(content):
            self.wfile.flush()
            self._end(behaviour.reset)

    def do_POST(self) -> None:
        with self.store.counted_post():
            self._post(self.store.next_behaviour())

    def _post(self, behaviour: Behaviour) -> None:
        length = int(self.headers["Content-Length"])
        if behaviour.after_bytes is not None:
            self.rfile.read(min(length, behaviour.after_bytes))
            self._end(behaviour.reset)
            return
        body = self.rfile.read(length)
        if behaviour.wait is not None:
            behaviour.wait.wait(DEADLINE_SECONDS)
        if len(body) < length:
            self.close_connection = True
            return
        if behaviour.status is not None:
            self._answer(behaviour.status, behaviour.body)
            return
        self.store.uploads.append(_parse(body, self.headers["Content-Type"], length))
        self._answer(204)


def _parse(body: bytes, content_type: str, length: int) -> Upload:
    boundary = content_type.partition("boundary=")[2].encode()
    parts = body.split(b"--" + boundary)
    assert parts[0] == b""
    assert parts[-1] == b"--\r\n"
    fields, content = {}, b""
    for part in parts[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        found = re.search(rb'name="([^"]+)"', head)
        assert found is not None
        name = found[1].decode()
        if name == "file":
            content = value[:-2]
        else:
            fields[name] = value[:-2].decode()
    return Upload(fields, content, length)
