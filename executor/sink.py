"""Where artifacts go as soon as an execution has made them, so that nothing waits for the session's
end.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from executor.errors import ApiError
from executor.json_logging import log
from executor.workspace import Workspace

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 5.0
COPY_BYTES = 1024 * 1024
ARTIFACTS = "artifacts/"


class ArtifactSink(Protocol):
    """A place for artifacts. Names are relative to `artifacts/`. An `OSError` is tried again."""

    def put(self, name: str, content: BinaryIO, size: int) -> None:
        """Store `size` bytes of `content` under `name`, whole or not at all."""

    def delete(self, name: str) -> None:
        """Remove what is stored under `name`, if anything is."""


class FolderSink:
    """Copies artifacts to a local folder, atomically, under the same relative names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: BinaryIO, size: int) -> None:  # noqa: ARG002 - the protocol's
        """Write beside the target and rename, so that a reader sees the old file or the new one."""
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".partial-{os.getpid()}-{threading.get_ident()}")
        try:
            with open(partial, "wb") as copy:
                shutil.copyfileobj(content, copy, COPY_BYTES)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Remove the copy; its folder stays."""
        (self._folder / name).unlink(missing_ok=True)


class SinkQueue:
    """Carries changed artifacts to a sink in the background; without a sink it does nothing.

    A path that changes again before it was carried is carried once, with its newest content.
    """

    def __init__(self, workspace: Workspace, sink: ArtifactSink | None) -> None:
        self._workspace = workspace
        self._sink = sink
        self._pending: dict[str, None] = {}
        self._busy = False
        self._closed = False
        self._lost: list[str] = []
        self._changed = threading.Condition()
        if sink is not None:
            threading.Thread(target=self._carry, name="sink", daemon=True).start()

    def changed(self, path: str) -> None:
        """Note that the artifact of this workspace path was made, changed or deleted."""
        if self._sink is not None:
            with self._changed:
                self._pending[path] = None
                self._changed.notify_all()

    def close(self, seconds: float) -> list[str]:
        """Wait until everything is carried, at most `seconds`; returns the paths that are not."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: not self._pending and not self._busy,
                max(0.0, deadline - time.monotonic()),
            )
            return sorted({*self._lost, *self._pending})

    def _carry(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._pending))
                path = next(iter(self._pending))
                del self._pending[path]
                self._busy = True
            try:
                self._carry_one(path)
            except Exception:  # noqa: BLE001 - one artifact must not stop the others
                log("artifact was not stored", level=logging.ERROR, exc_info=True)
                self._lost.append(path)

    def _carry_one(self, path: str) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._store(path)
                with suppress(ValueError):
                    self._lost.remove(path)
                return
            except OSError as error:
                log("artifact store failed", attempt=attempt, reason=error.strerror)
                if attempt == ATTEMPTS:
                    raise
                pause = min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), MAX_PAUSE_SECONDS)
                self._pause(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

    def _pause(self, seconds: float) -> None:
        """Wait before another attempt; a session that is closing waits less."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)

    def _store(self, path: str) -> None:
        assert self._sink is not None
        name = path.removeprefix(ARTIFACTS)
        try:
            descriptor = self._workspace.open_file(path)
        except ApiError:
            self._sink.delete(name)
            return
        with open(descriptor, "rb") as content:
            self._sink.put(name, content, os.fstat(descriptor).st_size)


def make_sink(folder: Path | None) -> Callable[[Workspace], SinkQueue]:
    """The queue for `ARTIFACT_SINK`, once the workspace is known."""
    sink = FolderSink(folder) if folder is not None else None
    return lambda workspace: SinkQueue(workspace, sink)
