"""A real executor process and a plain HTTP client for it."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import settings

from executor.processes import Process, descendants

ROOT = Path(__file__).resolve().parents[2]
SESSION = "session-under-test"
TOKEN = "the token of the session under test"
SHA256 = hashlib.sha256(TOKEN.encode()).hexdigest()
HEADERS = {"X-Session-Id": SESSION, "Authorization": f"Bearer {TOKEN}"}
DEADLINE_SECONDS = 60.0

sampled = settings(max_examples=40, deadline=None)
"""For properties: enough examples to find what matters, no assertion on time."""


def eventually(holds: Callable[[], Any], what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """Poll until `holds` answers something true; fails with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return answer


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        error = self.json["error"]
        assert error["message"]
        assert "\n" not in error["message"]
        return str(error["code"])


class Run:
    """The events of one execution."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def one(self, kind: str) -> dict[str, Any]:
        found = self.all(kind)
        assert len(found) == 1, self.events
        return found[0]

    @property
    def finished(self) -> dict[str, Any]:
        assert self.events[-1]["type"] == "finished", self.events
        return self.one("finished")

    @property
    def status(self) -> str:
        return str(self.finished["status"])

    @property
    def stdout(self) -> str:
        return "".join(event["text"] for event in self.all("stdout"))

    @property
    def stderr(self) -> str:
        return "".join(event["text"] for event in self.all("stderr"))

    @property
    def result(self) -> str:
        return str(self.one("result")["data"]["text/plain"])

    @property
    def error(self) -> dict[str, Any]:
        return self.one("error")


def environment(workspace: Path, **variables: str) -> dict[str, str]:
    """What a server is started with: nothing of the tests' own environment but the path."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/tmp"),
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", "/tmp/matplotlib-of-tests"),
        "SESSION_ID": SESSION,
        "SESSION_TOKEN_SHA256": SHA256,
        "PORT": "0",
        "WORKSPACE": str(workspace),
        **variables,
    }


class RunningExecutor:
    """`python -m executor` on a free port. Every process of it must be gone after `stop`."""

    def __init__(self, workspace: Path, module: str = "executor", **variables: str) -> None:
        self.workspace = workspace
        self.log: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment(workspace, **variables),
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.seen: set[Process] = set()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        try:
            for line in self.process.stderr:
                self.log.append(json.loads(line))
                if self.log[-1]["event"] == "listening":
                    self._listening.set()
        finally:
            self._listening.set()

    @property
    def port(self) -> int:
        assert self._listening.wait(DEADLINE_SECONDS), self.log
        line = next(line for line in self.log if line["event"] == "listening")
        return int(line["port"])

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        authorized: bool = True,
    ) -> Answer:
        connection = self.connect()
        try:
            sent = {**(HEADERS if authorized else {}), **(headers or {})}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def submit(self, code: str, language: str = "python", **fields: Any) -> Answer:
        body = {"id": fields.pop("id", uuid.uuid4().hex), "language": language, "code": code}
        return self.request("POST", "/executions", json.dumps({**body, **fields}))

    def run(self, code: str, language: str = "python", **fields: Any) -> Run:
        answer = self.submit(code, language, **fields)
        assert answer.status == 200, answer.body
        return Run([json.loads(line) for line in answer.body.splitlines()])

    def open_stream(self, code: str, **fields: Any) -> http.client.HTTPResponse:
        """A live stream whose connection the caller closes; its first event has been sent."""
        connection = self.connect()
        body = {"id": uuid.uuid4().hex, "language": "python", "code": code, **fields}
        connection.request("POST", "/executions", json.dumps(body), HEADERS)
        return connection.getresponse()

    def recorded(self, identity: str) -> dict[str, Any]:
        answer = self.request("GET", f"/executions/{identity}")
        assert answer.status == 200, answer.body
        record: dict[str, Any] = answer.json
        return record

    def wait_for_output(self, identity: str, text: str) -> None:
        eventually(
            lambda: text in Run(self.recorded(identity)["events"]).stdout, f"output {text!r}"
        )

    def describe(self) -> dict[str, Any]:
        description: dict[str, Any] = self.request("GET", "/session").json
        return description

    def kernel_pid(self) -> int:
        return int(self.run("import os; os.getpid()").result)

    def processes(self) -> set[Process]:
        self.seen |= descendants(self.process.pid)
        return descendants(self.process.pid)

    def stop(self) -> None:
        """Close the session if it still is open, and see that no process is left behind."""
        self.processes()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(DEADLINE_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
        self._reader.join(DEADLINE_SECONDS)
        eventually(lambda: not any(map(is_alive, self.seen)), "every process has ended")


def is_alive(process: Process) -> bool:
    """Whether the process still runs (a zombie does not, another with its number neither)."""
    try:
        stat = Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return False
    fields = stat[stat.rfind(")") + 2 :].split()
    return fields[0] not in "ZX" and int(fields[19]) == process.started
