"""Where artifacts go as soon as an execution has made them, so that nothing waits for the session's
end.
"""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import BinaryIO, Protocol

COPY_BYTES = 1024 * 1024


class SinkNotReadyError(Exception):
    """The sink takes nothing until it is resumed; what was to be stored waits."""


class RefusedBySinkError(Exception):
    """The sink does not take this artifact, and trying again at once would not help."""


class ArtifactSink(Protocol):
    """A place for artifacts. Names are relative to `artifacts/`. An `OSError` is tried again."""

    threads: int
    """How many artifacts may be carried at once."""

    @property
    def ready(self) -> bool:
        """Whether `put` may be called now."""

    def put(self, name: str, content: BinaryIO, size: int, sha256: str) -> None:
        """Store `size` bytes of `content` under `name`, whole or not at all.

        Raises `SinkNotReadyError` or `RefusedBySinkError` when it is not to be tried again now.
        """

    def delete(self, name: str) -> None:
        """Remove what is stored under `name`, if anything is and this sink removes things."""


class FolderSink:
    """Copies artifacts to a local folder, atomically, under the same relative names."""

    threads = 1
    ready = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: BinaryIO, size: int, sha256: str) -> None:  # noqa: ARG002
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
