"""A scripted agent runtime: real HTTP, real streams; the prompt names what happens.

`Script` says which events a job has and which faults its connections have. The same server runs
in a test's process and, as the child of a client under test, through `main`.
"""

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from client.connection import SESSION_HEADER

Event = dict[str, Any]
WAIT_SECONDS = 20.0
REPORT = {
    "report.pdf": b"%PDF-1.7 stand-in",
    "report.docx": b"PK stand-in",
    "calculations.json": b'{"calculations": []}',
    "citations.json": json.dumps(
        {"citations": [{"status": "verified"}, {"status": "verified"}, {"status": "mismatch"}]}
    ).encode(),
    "charts/매출.png": b"\x89PNG stand-in",
    "charts/매출.svg": b"<svg/>",
}


@dataclass(frozen=True)
class Wait:
    """The job goes on when a message of this type has come; `cancel` ends it."""

    message: str


@dataclass
class Script:
    """What a job does (`actions`) and what goes wrong on the way to the client."""

    actions: Callable[[Path], list[Event | Wait]]
    drop_after: set[int] = field(default_factory=set)
    """Once each: the connection is cut right after this event."""
    leave_out: set[int] = field(default_factory=set)
    """Once each: a stream passes over this event."""
    always_leave_out: set[int] = field(default_factory=set)
    repeat: set[int] = field(default_factory=set)
    """Sent twice."""
    refuse: tuple[int, str] | None = None
    """Status and message of the answer to `analyze`."""


def describe(folder: Path, files: dict[str, bytes]) -> list[Event]:
    """Write `files` below `folder` and describe them as artifacts."""
    described = []
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        described.append({"path": path, "size": len(content), "sha256": digest})
        described[-1] |= {"media_type": "application/octet-stream", "uri": target.as_uri()}
    return described


def ending(kind: str, artifacts: list[Event], **fields: Any) -> Event:
    """A terminal event."""
    usage = {"total": {"input_tokens": 7}, "agents": {}}
    common = {"artifacts": artifacts, "usage": usage, "duration_ms": 1234}
    return {"type": kind, **common, **fields}


PLAN: Event = {
    "type": "plan",
    "revision": 1,
    "plan": {
        "title": "지역별 매출 분석",
        "question": "?",
        "language": "ko",
        "steps": [
            {"id": "s1", "title": "총매출 계산", "instruction": "Sum amount."},
            {"id": "s2", "title": "지역별 비중", "instruction": "Share of amount by region."},
        ],
        "unanswered": [{"phrase": "고객 만족도", "reason": "no such column"}],
    },
}
STARTED: Event = {
    "type": "job_started",
    "prompt": "?",
    "language": "ko",
    "data": [{"name": "orders.csv", "size": 10}],
    "model_provider": "offline",
}
TOOL: Event = {"agent": "coder", "tool": "run_python", "call_id": "c1", "summary": "총매출 계산"}
WORK: list[Event | Wait] = [
    {"type": "step_started", "agent": "coder", "title": "Write and run code", "attempt": 1},
    {"type": "tool_started", **TOOL},
    {
        "type": "execution_output",
        "agent": "coder",
        "execution_id": "e1",
        "stream": "stdout",
        "text": "\x1b[2J\x1b]0;owned\x07총매출 123원\nsecond line",
    },
    {"type": "tool_finished", **TOOL, "status": "ok", "duration_ms": 120},
    {"type": "heartbeat", "elapsed_seconds": 1.0},
    {"type": "a_type_of_the_future", "anything": [1, 2]},
    {"type": "step_finished", "agent": "coder", "title": "", "status": "ok", "duration_ms": 400},
]


def report(folder: Path) -> list[Event | Wait]:
    """A whole job with a report."""
    files = describe(folder, REPORT)
    changed = [{"type": "artifact", **file} for file in files]
    return [STARTED, PLAN, *WORK, *changed, ending("completed", files, summary="총매출은 123원")]


def review(folder: Path) -> list[Event | Wait]:
    """A job that waits for a verdict on its plan."""
    ask = {"type": "plan_review_requested", "timeout_seconds": 60, "on_timeout": "cancel"}
    whole = report(folder)
    return [*whole[:2], {**ask, "revision": 1}, Wait("plan_feedback"), *whole[2:]]


def impatient(folder: Path) -> list[Event | Wait]:
    """A plan review that the runtime ends by itself when the test says so."""
    whole = review(folder)
    return [*whole[:3], Wait("time is up"), *whole[4:]]


def tampered(folder: Path) -> list[Event | Wait]:
    """A report whose PDF is not what was announced."""
    whole = report(folder)
    (folder / "report.pdf").write_bytes(b"%PDF-1.7 something")
    return whole


def escaping(folder: Path) -> list[Event | Wait]:
    """A report with a file that wants to be written elsewhere."""
    files = describe(folder, REPORT)
    files.append({**files[0], "path": "../../escaped.pdf"})
    return [STARTED, ending("completed", files, summary="done")]


def failing(_folder: Path) -> list[Event | Wait]:
    """A job that fails."""
    return [STARTED, PLAN, ending("failed", [], reason="orders.csv has no rows.", code="no_rows")]


def waiting(_folder: Path) -> list[Event | Wait]:
    """A job that runs until it is cancelled."""
    return [STARTED, PLAN, *WORK[:2], Wait("cancel")]


def detachable(folder: Path) -> list[Event | Wait]:
    """A report that waits in the middle for a message of the test."""
    whole = report(folder)
    return [*whole[:4], Wait("continue"), *whole[4:]]


SCRIPTS: dict[str, Callable[[], Script]] = {
    "report": lambda: Script(report),
    "review": lambda: Script(review),
    "impatient": lambda: Script(impatient),
    "tampered": lambda: Script(tampered),
    "escaping": lambda: Script(escaping),
    "failing": lambda: Script(failing),
    "waiting": lambda: Script(waiting),
    "detachable": lambda: Script(detachable),
    "answer": lambda: Script(lambda _f: [STARTED, ending("completed", [], answer="Hello.\nHi.")]),
    "little": lambda: Script(
        lambda folder: [STARTED, ending("completed", describe(folder, {"a.txt": b"a"}))]
    ),
    "deaf": lambda: Script(lambda _f: [STARTED, Wait("nothing that ever comes")]),
    "drops": lambda: Script(report, drop_after={1, 4, 5}),
    "gap": lambda: Script(report, leave_out={3}, repeat={5}),
    "lasting gap": lambda: Script(report, always_leave_out={3}),
    "refused": lambda: Script(report, refuse=(400, "The data is outside the data roots.")),
}


class JobRecord(Protocol):
    """Where a job keeps its artifacts and its record outside the process."""

    def begin(self, session_id: str, request: Event) -> None:
        """The job has been taken."""

    def keep(self, earlier: list[Event], event: Event) -> Event:
        """The event, with artifacts where they are kept now; before anybody hears it."""


class StandInJob:
    """The log of one session, filled by a thread."""

    def __init__(
        self, session_id: str, script: Script, folder: Path, record: JobRecord | None = None
    ) -> None:
        self.session_id = session_id
        self._record = record
        self.script = script
        self.events: list[Event] = []
        self.messages: list[Event] = []
        self.changed = threading.Condition()
        self.in_review = False
        self._actions = script.actions(folder)
        threading.Thread(target=self._work, daemon=True).start()

    def tell(self, message: Event) -> None:
        """Hand a message to the job."""
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def after(self, seq: int) -> Iterator[Event]:
        """Events after `seq`, until the terminal one."""
        while True:
            with self.changed:
                self.changed.wait_for(partial(self._has_event_after, seq), WAIT_SECONDS)
                event = self.events[seq]
            yield event
            seq += 1
            if event["type"] in {"completed", "failed", "cancelled"}:
                return

    def _has_event_after(self, seq: int) -> bool:
        return len(self.events) > seq

    def _work(self) -> None:
        for action in self._actions:
            if isinstance(action, Wait):
                if self._wait(action.message) == "cancel":
                    self._emit(ending("cancelled", [], reason="The caller cancelled the job."))
                    return
            else:
                self._emit(action)

    def _wait(self, wanted: str) -> str:
        types = {wanted} if wanted.startswith("nothing") else {wanted, "cancel"}

        def found() -> list[str]:
            return [m["type"] for m in self.messages if m["type"] in types]

        with self.changed:
            self.changed.wait_for(lambda: bool(found()))
            self.in_review = False
            return found()[0]

    def _emit(self, event: Event) -> None:
        with self.changed:
            seq = len(self.events) + 1
            self.in_review = self.in_review or event["type"] == "plan_review_requested"
            envelope = {"v": 1, "seq": seq, "time": "t", "session_id": self.session_id}
            whole = {**envelope, **event}
            self.events.append(self._record.keep(self.events, whole) if self._record else whole)
            self.changed.notify_all()


class StandInRuntime(ThreadingHTTPServer):
    """Serves jobs on a loopback port until `shutdown`."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder = folder
        self.jobs: dict[str, StandInJob] = {}
        self.requests: list[Event] = []
        self.record: JobRecord | None = None
        self.pace_seconds = 0.0
        """Between two events of a stream."""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away in mid-stream is no error of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """Base address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def wait_for_job(self) -> StandInJob:
        """The first job, as soon as it has an event."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            for job in self.jobs.values():
                if job.events:
                    return job
            time.sleep(0.01)
        raise AssertionError("no job came")


class _Handler(BaseHTTPRequestHandler):
    server: StandInRuntime
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        self._json(200, {"status": "Healthy"}) if self.path == "/ping" else self._json(404, {})

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        message = json.loads(self.rfile.read(size))
        session = self.headers[SESSION_HEADER]
        self.server.requests.append(message)
        job = self.server.jobs.get(session)
        if message["type"] == "analyze" and job is None:
            script = SCRIPTS[message["prompt"]]()
            if script.refuse:
                error = {"code": "refused", "message": script.refuse[1]}
                self._json(script.refuse[0], {"error": error})
                return
            record = self.server.record
            if record is not None:
                record.begin(session, message)
            job = StandInJob(session, script, self.server.folder / session, record)
            self.server.jobs[session] = job
        if job is None:
            message = f"Session '{session}' has no job."
            self._json(404, {"error": {"code": "unknown_session", "message": message}})
        elif message["type"] in {"analyze", "attach"}:
            self._stream(job, message.get("after_event", 0))
        elif message["type"] == "status":
            self._json(200, {"review_pending": job.in_review, "last_event": len(job.events)})
        else:
            job.tell(message)
            self._json(202, {"status": "accepted"})

    def _json(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, job: StandInJob, after: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        script = job.script
        for event in job.after(after):
            seq = event["seq"]
            if seq in script.always_leave_out:
                continue
            if seq in script.leave_out:
                script.leave_out.discard(seq)
                continue
            text = f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
            self.wfile.write(text * (2 if seq in script.repeat else 1))
            self.wfile.flush()
            time.sleep(self.server.pace_seconds)
            if seq in script.drop_after:
                script.drop_after.discard(seq)
                return


def main() -> None:
    """Serve as `python -m agent_runtime` does: settings from the environment, SIGTERM ends it."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    folder = Path(os.environ["DEEP_INSIGHT_LOCAL_ARTIFACTS"])
    StandInRuntime(folder, int(os.environ["PORT"])).serve_forever()
