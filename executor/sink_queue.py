"""Carries changed artifacts to a sink in the background.

An artifact is carried as the execution that wrote it left it: its `Fingerprint` is noted then, and
a file that has another one by the time it is read is being written again. It is left for the end of
the execution that writes it, or for the end of the session.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Mapping
from itertools import islice
from typing import Any

from executor.digests import Digests, Fingerprint, fingerprint
from executor.errors import ApiError
from executor.json_logging import log
from executor.sink import ArtifactSink, RefusedBySinkError, SinkNotReadyError
from executor.workspace import Workspace

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 20.0
"""With these an artifact is tried for half a minute or more before it counts as failed."""

ARTIFACTS = "artifacts/"
MOST_NAMED = 100
"""Most paths of a list in `describe` (docs/contracts.md, 5.1)."""


class SinkQueue:
    """A path that changes again before it was carried is carried once, with its newest content.

    An artifact that failed is tried again when the sink is resumed and when the session closes.
    """

    def __init__(self, workspace: Workspace, digests: Digests, sink: ArtifactSink) -> None:
        self._workspace = workspace
        self._digests = digests
        self._sink = sink
        self._pending: dict[str, Fingerprint | None] = {}
        self._carried_now: set[str] = set()
        self._unsettled: set[str] = set()
        self._failed: dict[str, Fingerprint | None] = {}
        self._engaged = sink.ready
        self._closed = False
        self._stored = 0
        self._stored_bytes = 0
        self._last_error: str | None = None
        self._changed = threading.Condition()
        for number in range(sink.threads):
            threading.Thread(target=self._carry, name=f"sink-{number}", daemon=True).start()

    def changed(self, path: str, state: Fingerprint | None) -> None:
        """Note that this artifact was made or changed, and is now in this state, or deleted."""
        with self._changed:
            self._pending.pop(path, None)
            self._pending[path] = state
            self._unsettled.discard(path)
            self._failed.pop(path, None)
            self._changed.notify_all()

    def revisit(self, states: Mapping[str, Fingerprint]) -> None:
        """No code runs now, and these are the files: carry what was being written before."""
        with self._changed:
            if not self._unsettled:
                return
            for path in self._unsettled:
                self._pending.setdefault(path, states.get(path))
            self._unsettled.clear()
            self._changed.notify_all()

    def resume(self) -> None:
        """The sink is ready (again): go on, and try once more what failed."""
        with self._changed:
            self._engaged = True
            self._retry_failed()
            self._changed.notify_all()

    def _retry_failed(self) -> None:
        for path, state in self._failed.items():
            self._pending.setdefault(path, state)
        self._failed.clear()

    def describe(self) -> dict[str, Any]:
        """Counts since the start, for `GET /session`, and the paths that are not stored."""
        with self._changed:
            return {
                "waiting": list(islice((*self._carried_now, *self._pending), MOST_NAMED)),
                "refused": list(islice(self._failed, MOST_NAMED)),
                "pending": len(self._pending) + len(self._carried_now) + len(self._unsettled),
                "uploaded": self._stored,
                "failed": len(self._failed),
                "bytes": self._stored_bytes,
                "last_error": self._last_error,
            }

    def close(self, seconds: float) -> list[str]:
        """Wait until everything is carried, at most `seconds`; returns the paths that are not.

        No code runs any more when this is called, so that files stay as they are. A sink that was
        never ready was not wanted, and has nothing to say.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            self._closed = True
            self._retry_failed()
            self._pending.update(dict.fromkeys([*self._unsettled, *self._pending]))
            self._unsettled.clear()
            self._changed.notify_all()
            if not self._engaged:
                return []
            self._changed.wait_for(
                lambda: not self._pending and not self._carried_now,
                max(0.0, deadline - time.monotonic()),
            )
            return sorted({*self._failed, *self._pending, *self._carried_now})

    def _carry(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next() is not None)
                path = self._next()
                assert path is not None
                expected = self._pending.pop(path)
                self._carried_now.add(path)
            outcome = self._carry_one(path, expected)
            with self._changed:
                self._carried_now.discard(path)
                if path not in self._pending:
                    self._settle(path, expected, outcome)
                self._changed.notify_all()

    def _next(self) -> str | None:
        """The path that is to be carried next; never one that another thread carries."""
        if not self._sink.ready:
            return None
        return next((path for path in self._pending if path not in self._carried_now), None)

    def _settle(self, path: str, expected: Fingerprint | None, outcome: str) -> None:
        self._failed.pop(path, None)
        if outcome == "waits":
            self._pending[path] = expected
        elif outcome == "unsettled":
            self._unsettled.add(path)
        elif outcome == "failed":
            self._failed[path] = expected

    def _carry_one(self, path: str, expected: Fingerprint | None) -> str:
        """Carry one artifact: `stored`, `unsettled`, `waits` (for the sink) or `failed`."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._store(path, expected)
            except SinkNotReadyError as error:
                self._last_error = str(error)
                return "waits"
            except RefusedBySinkError as error:
                reason = str(error)
                log("artifact refused", level=logging.ERROR, reason=reason)
                self._last_error = reason
                return "failed"
            except OSError as error:
                reason = error.strerror or str(error) or type(error).__name__
                log("artifact store failed", attempt=attempt, reason=reason)
                self._last_error = reason
                if attempt < ATTEMPTS:
                    pause = min(FIRST_PAUSE_SECONDS * 3 ** (attempt - 1), MAX_PAUSE_SECONDS)
                    self._pause(path, pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            except Exception as error:  # noqa: BLE001 - one artifact must not stop the others
                self._last_error = type(error).__name__
                log("artifact was not stored", level=logging.ERROR, exc_info=True)
                return "failed"
        log("artifact was not stored", level=logging.ERROR, attempts=ATTEMPTS)
        return "failed"

    def _pause(self, path: str, seconds: float) -> None:
        """Wait before another attempt; not when the session closes or newer content waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or path in self._pending, seconds)

    def _store(self, path: str, expected: Fingerprint | None) -> str:
        name = path.removeprefix(ARTIFACTS)
        started = time.monotonic()
        try:
            descriptor = self._workspace.open_file(path)
        except ApiError:
            self._sink.delete(name)
            return "stored"
        with open(descriptor, "rb") as content:
            if expected is not None and fingerprint(os.fstat(descriptor)) != expected:
                return "unsettled"
            status, sha256 = self._digests.of_open_file(path, descriptor)
            try:
                self._sink.put(name, content, status.st_size, sha256)
            except OSError:
                if fingerprint(os.fstat(descriptor)) != fingerprint(status) and not self._closed:
                    return "unsettled"
                raise
            if fingerprint(os.fstat(descriptor)) != fingerprint(status) and not self._closed:
                return "unsettled"
        with self._changed:
            self._stored += 1
            self._stored_bytes += status.st_size
        elapsed = round((time.monotonic() - started) * 1000, 1)
        log("artifact stored", sha256=sha256, size=status.st_size, elapsed_ms=elapsed)
        return "stored"
