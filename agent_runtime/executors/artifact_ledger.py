"""The artifacts of one job: what executions made, what arrived in the store, what is missing."""

import mimetypes
from collections.abc import Callable, Sequence
from typing import Any

from agent_runtime.errors import ExecutorError
from agent_runtime.events import Artifact, ArtifactChanged, Event, Progress
from agent_runtime.executors.client import ExecutorClient, ExecutorGoneError, FileEntry
from agent_runtime.executors.host import ArtifactStore, StoredFile
from agent_runtime.json_logging import log

PREFIX = "artifacts/"


class ArtifactLedger:
    """Keeps count for one session; every change is also an event."""

    def __init__(
        self, session_id: str, store: ArtifactStore, emit: Callable[[Event], None]
    ) -> None:
        self._session_id = session_id
        self._store = store
        self._emit = emit
        self._known: dict[str, Artifact] = {}
        self._deleted: set[str] = set()
        self._present: set[str] | None = None

    @property
    def artifacts(self) -> list[Artifact]:
        """Artifacts known so far, sorted by path."""
        return [self._known[path] for path in sorted(self._known)]

    def note_change(self, change: dict[str, Any]) -> None:
        """Take in one entry of an execution's `files_changed`."""
        if not change["path"].startswith(PREFIX):
            return
        path = change["path"].removeprefix(PREFIX)
        if change.get("deleted"):
            self._known.pop(path, None)
            self._deleted.add(path)
            return
        self._deleted.discard(path)
        artifact = self._artifact(path, change["size"], change["sha256"])
        if self._known.get(path) != artifact:
            self._known[path] = artifact
            self._emit(ArtifactChanged(**artifact.model_dump()))

    def _artifact(self, path: str, size: int, sha256: str) -> Artifact:
        return Artifact(
            path=path,
            size=size,
            sha256=sha256,
            media_type=mimetypes.guess_type(path)[0] or "application/octet-stream",
            uri=self._store.uri(path),
        )

    async def restorable(self) -> list[StoredFile]:
        """What a new executor gets back: all that arrived and was not deleted since."""
        return [stored for stored in await self._store.files() if stored.path not in self._deleted]

    async def lost(self) -> list[str]:
        """Artifacts that executions made and that never arrived, or only in an older version; they
        are forgotten here, and named as paths of the workspace."""
        arrived = {(stored.path, stored.sha256) for stored in await self._store.files()}
        lost = [a.path for a in self.artifacts if (a.path, a.sha256) not in arrived]
        for path in lost:
            del self._known[path]
        return [PREFIX + path for path in lost]

    async def fetch_missing(self, client: ExecutorClient, wanted: Sequence[FileEntry]) -> None:
        """Get from the executor what the store lacks."""
        for entry in await self._missing(wanted):
            path = entry.path.removeprefix(PREFIX)
            log("artifact_fetched", session_id=self._session_id, size=entry.size)
            await self._store.write(path, entry.sha256, client.get_file(entry.path))

    async def settle(self, client: ExecutorClient, manifest: Sequence[FileEntry]) -> None:
        """The last word after the session was closed: fetch, or say what is missing."""
        self.note_manifest(manifest)
        missing = await self._missing(manifest)
        if not missing:
            return
        try:
            await self.fetch_missing(client, missing)
        except (ExecutorGoneError, ExecutorError) as error:
            log("executor_closed_early", session_id=self._session_id, error=error)
        for entry in await self._missing(manifest):
            path = entry.path.removeprefix(PREFIX)
            message = f"The artifact '{path}' did not arrive."
            self._emit(Progress(phase="artifact_missing", message=message))

    async def _missing(self, wanted: Sequence[FileEntry]) -> list[FileEntry]:
        arrived = {(stored.path, stored.sha256) for stored in await self._store.files()}
        return [e for e in wanted if (e.path.removeprefix(PREFIX), e.sha256) not in arrived]

    def note_manifest(self, manifest: Sequence[FileEntry]) -> None:
        """Whatever the store holds beyond the manifest was deleted in the workspace."""
        self._present = {entry.path.removeprefix(PREFIX) for entry in manifest}

    async def refresh(self) -> None:
        """Take the store's word for what is there."""
        self._known = {
            stored.path: self._artifact(stored.path, stored.size, stored.sha256)
            for stored in await self.restorable()
            if self._present is None or stored.path in self._present
        }
