"""A runtime for tests of the AgentCore stand-in: says what it was asked, as a stream."""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


class Handler(BaseHTTPRequestHandler):
    """`/ping`, and `/invocations` with `{"lines": n, "status": 200, "exit": false}`."""

    def do_GET(self) -> None:
        """Healthy at once."""
        self._answer(200, "application/json", [b'{"status": "Healthy"}'])

    def do_POST(self) -> None:
        """Stream the lines; a line is sent each 50 ms."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fields = {"session": self.headers[SESSION_HEADER], "pid": os.getpid(), **asked}
        line = f"data: {json.dumps(fields)}\n\n".encode()
        lines = [line] * asked.get("lines", 1)
        self._answer(asked.get("status", 200), "text/event-stream", lines, asked.get("exit", False))

    def _answer(self, status: int, kind: str, parts: list[bytes], ends: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(sum(map(len, parts))))
        self.end_headers()
        for part in parts:
            self.wfile.write(part)
            if ends:
                os._exit(3)
            if len(parts) > 1:
                time.sleep(0.05)


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    print("listening", file=sys.stderr)
    ThreadingHTTPServer(address, Handler).serve_forever()
