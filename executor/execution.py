"""One execution: what was asked, where it stands, and every event it has had."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FINAL_STATUSES = ("ok", "error", "timeout", "interrupted", "kernel_died")

COALESCE_SECONDS = 0.005
"""An answer waits this long for a short execution to finish, so that its events leave in one
write.
"""


def encode_event(event: dict[str, Any]) -> bytes:
    """An event as one NDJSON line."""
    return (
        json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        + b"\n"
    )


@dataclass(frozen=True)
class Work:
    """What is to be run: code in `python` or `bash`, on the kernel of the `session` or a `fresh`
    one.
    """

    language: str
    code: str = field(repr=False)
    kernel: str = "session"

    def digest(self) -> bytes:
        """Identifies what an id was used for: the same id with another digest is a conflict."""
        text = f"{self.kernel}\0{self.language}\0{self.code}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class Execution:
    """Events are kept as encoded lines. Any number of threads may `stream` while one thread
    records.
    """

    def __init__(self, identity: str, work: Work, timeout_seconds: float) -> None:
        self.id = identity
        self.language = work.language
        self.kernel = work.kernel
        self.code = work.code
        self.digest = work.digest()
        self.timeout_seconds = timeout_seconds
        self.status = "queued"
        self.stop_reason: str | None = None
        self.recorded_bytes = 0
        self._lines: list[bytes] = []
        self._changed = threading.Condition()
        self._started_at: float | None = None
        self._live_streams = 0

    @property
    def finished(self) -> bool:
        """Whether the `finished` event is recorded."""
        return self.status in FINAL_STATUSES

    def queue(self, position: int) -> None:
        """Record that it waits behind `position` other executions."""
        self._record([{"type": "queued", "id": self.id, "position": position}])

    def start(self, generation: int) -> None:
        """Record that the kernel of `generation` runs it from now on."""
        self._started_at = time.monotonic()
        self._record(
            [{"type": "started", "id": self.id, "kernel_generation": generation}], "running"
        )

    def record(self, events: list[dict[str, Any]]) -> None:
        """Record events of the running code, in order."""
        if events:
            self._record(events)

    def finish(
        self,
        status: str,
        events: list[dict[str, Any]],
        *,
        kernel_restarted: bool = False,
        files_changed: list[dict[str, Any]] | None = None,
    ) -> None:
        """Record the last `events` and the `finished` event, and end every stream."""
        elapsed = 0.0 if self._started_at is None else time.monotonic() - self._started_at
        finished = {
            "type": "finished",
            "status": status,
            "duration_ms": round(elapsed * 1000, 3),
            "kernel_restarted": kernel_restarted,
            "files_changed": files_changed or [],
        }
        self.code = ""
        self._record([*events, finished], status)

    def _record(self, events: list[dict[str, Any]], status: str | None = None) -> None:
        lines = [encode_event(event) for event in events]
        with self._changed:
            self._lines += lines
            self.recorded_bytes += sum(len(line) + 64 for line in lines)
            if status is not None:
                self.status = status
            if self._live_streams or self.finished:
                self._changed.notify_all()

    def answer(self, heartbeat_seconds: float) -> bytes | Iterator[bytes]:
        """Every event: at once when the execution ends within `COALESCE_SECONDS`, else a stream."""
        if not self.wait(COALESCE_SECONDS):
            return self._stream(heartbeat_seconds)
        with self._changed:
            return b"".join(self._lines)

    def _stream(self, heartbeat_seconds: float) -> Iterator[bytes]:
        """Every event from the first, then the ones to come, until `finished`.

        A heartbeat is made after `heartbeat_seconds` of silence; it is not recorded.
        """
        index = 0
        began = time.monotonic()
        with self._changed:
            self._live_streams += 1
        try:
            while True:
                with self._changed:
                    if index == len(self._lines) and not self.finished:
                        self._changed.wait(heartbeat_seconds)
                    lines = self._lines[index:]
                    ended = self.finished
                index += len(lines)
                if lines:
                    yield b"".join(lines)
                elif not ended:
                    since = self._started_at or began
                    elapsed = round((time.monotonic() - since) * 1000)
                    yield encode_event({"type": "heartbeat", "elapsed_ms": elapsed})
                if ended:
                    return
        finally:
            with self._changed:
                self._live_streams -= 1

    def wait(self, seconds: float) -> bool:
        """Wait for the execution to finish; False when it has not after `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.finished, seconds)

    def to_json(self) -> bytes:
        """The answer of `GET /executions/{id}`."""
        with self._changed:
            lines, status = list(self._lines), self.status
        head = json.dumps(
            {"id": self.id, "language": self.language, "kernel": self.kernel, "status": status}
        )
        events = b",".join(line.rstrip(b"\n") for line in lines)
        return head.encode()[:-1] + b', "events": [' + events + b"]}"
