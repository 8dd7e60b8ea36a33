"""One download as its caller sees it: what was asked for, how far it is, how it ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from executor.execution import encode_event
from executor.grant_connection import GrantUrl

PROGRESS_SECONDS = 1.0
"""Progress is told this often, or as often as the heartbeat when that is shorter."""


class DownloadFailedError(Exception):
    """The end of a download that cannot succeed: a stable code and one sentence without the URL."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InputDownload:
    """Any number of threads may `stream` while one thread downloads. `sha256`: None if unknown."""

    def __init__(self, path: str, url: GrantUrl, size: int, sha256: str | None) -> None:
        self.path = path
        self.url = url
        self.size = size
        self.sha256 = sha256
        self.received = 0
        self._outcome: dict[str, Any] | None = None
        self._ended = threading.Condition()

    def succeed(self, sha256: str) -> None:
        """The file is in its place."""
        self._end({"status": "ok", "size": self.size, "sha256": sha256})

    def fail(self, code: str, message: str) -> None:
        """The file is not there, or an older one still is."""
        self._end({"status": "error", "code": code, "message": message})

    def _end(self, outcome: dict[str, Any]) -> None:
        with self._ended:
            self._outcome = {"type": "finished", "path": self.path, **outcome}
            self._ended.notify_all()

    def stream(self, heartbeat_seconds: float) -> Iterator[bytes]:
        """Progress as NDJSON, never silent for longer than the heartbeat, then `finished`."""
        pause = min(PROGRESS_SECONDS, heartbeat_seconds)
        while True:
            with self._ended:
                self._ended.wait_for(lambda: self._outcome is not None, pause)
                outcome = self._outcome
            if outcome is not None:
                yield encode_event(outcome)
                return
            yield encode_event({"type": "progress", "bytes": self.received})
