"""An executor as a child process, and a client on one connection that it keeps."""

import hashlib
import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

ROOT = Path(__file__).resolve().parents[1]
SESSION_ID = "bench"
TIMEOUT_SECONDS = 120.0
BLOCK_BYTES = 1024 * 1024


class BenchError(Exception):
    """A measurement cannot be made; the message says why."""


class ExecutorProcess:
    """`python -m executor` (or another module with the same interface) on a free port.

    On leaving, the session is closed and the workspace removed.
    """

    def __init__(self, module: str = "executor") -> None:
        self._module = module
        self._token = secrets.token_urlsafe()
        self._folder = tempfile.TemporaryDirectory(prefix="deep-insight-bench-")
        self.port = 0

    @property
    def pid(self) -> int:
        """Id of the server's first process."""
        return self._process.pid

    def __enter__(self) -> Self:
        environ = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        environ |= {
            "PYTHONPATH": str(ROOT),
            "SESSION_ID": SESSION_ID,
            "SESSION_TOKEN_SHA256": hashlib.sha256(self._token.encode()).hexdigest(),
            "PORT": "0",
            "WORKSPACE": f"{self._folder.name}/workspace",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            env=environ,
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stderr=(Path(self._folder.name) / "log").open("wb"),
        )
        self.port = self._wait_for_port()
        return self

    def _wait_for_port(self) -> int:
        log = Path(self._folder.name) / "log"
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in log.read_text().splitlines():
                if '"listening"' in line and line.endswith("}"):
                    return int(json.loads(line)["port"])
            time.sleep(0.002)
        raise BenchError(f"The executor does not listen: {log.read_text()[-500:]}")

    def client(self) -> "ExecutorClient":
        """A client with a connection of its own."""
        return ExecutorClient(self.port, self._token)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


class ExecutorClient:
    """Calls the executor's API over one connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=TIMEOUT_SECONDS, blocksize=BLOCK_BYTES
        )
        self._headers = {
            "X-Session-Id": SESSION_ID,
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        self._count = 0

    def execute(self, code: str, language: str = "python") -> list[dict[str, Any]]:
        """Runs code to its end and returns every event."""
        self._count += 1
        name = f"e{self._count}"
        body = json.dumps({"id": name, "language": language, "code": code}).encode()
        self._connection.request("POST", "/executions", body, self._headers)
        answer = self._answer(200)
        return [json.loads(line) for line in answer.splitlines()]

    def run(self, code: str) -> None:
        """Runs code that must end with the status ok."""
        events = self.execute(code)
        if events[-1].get("status") != "ok":
            raise BenchError(f"An execution failed: {events[-2:]}")

    def upload(self, path: str, file: BinaryIO, size: int) -> None:
        """Streams a file up."""
        headers = self._headers | {"Content-Length": str(size)}
        self._connection.request("PUT", f"/files/{path}", file, headers)
        self._answer(200, 201)

    def download(self, path: str, target: BinaryIO) -> None:
        """Streams a file down."""
        self._connection.request("GET", f"/files/{path}", headers=self._headers)
        response = self._connection.getresponse()
        if response.status != 200:
            raise BenchError(f"GET /files/{path} answered {response.status}.")
        while block := response.read(BLOCK_BYTES):
            target.write(block)

    def _answer(self, *expected: int) -> bytes:
        response = self._connection.getresponse()
        answer = response.read()
        if response.status not in expected:
            raise BenchError(f"The executor answered {response.status}: {answer[:300]!r}")
        return answer

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
