"""Which files of `data/` and `artifacts/` an execution made, changed or deleted."""

from __future__ import annotations

from typing import Any

from executor.digests import Digests, Fingerprint, fingerprint
from executor.errors import ApiError
from executor.sink_queue import SinkQueue
from executor.workspace import Workspace

WATCHED = ("artifacts", "data")
ARTIFACTS = "artifacts/"

Snapshot = dict[str, Fingerprint]


class WorkspaceChanges:
    """Compares the workspace before and after an execution and tells the sink what changed."""

    def __init__(self, workspace: Workspace, digests: Digests, sink: SinkQueue) -> None:
        self._workspace = workspace
        self._digests = digests
        self._sink = sink

    def snapshot(self) -> Snapshot:
        """The files that exist now; contents are not read."""
        return {
            path: fingerprint(status)
            for top in WATCHED
            for path, status in self._workspace.files(top)
        }

    def since(self, before: Snapshot) -> list[dict[str, Any]]:
        """`files_changed` of the `finished` event, sorted by path; only changed files are read."""
        after = self.snapshot()
        changes = []
        for path in sorted(before.keys() | after.keys()):
            if before.get(path) == after.get(path):
                continue
            changes.append(self._describe(path) if path in after else _deleted(path))
            if path.startswith(ARTIFACTS):
                self._sink.changed(path, after.get(path))
        self._sink.revisit(after)
        return changes

    def _describe(self, path: str) -> dict[str, Any]:
        try:
            status, digest = self._digests.of_path(path)
        except ApiError:
            return _deleted(path)
        return {"path": path, "size": status.st_size, "sha256": digest}


def _deleted(path: str) -> dict[str, Any]:
    return {"path": path, "deleted": True}
