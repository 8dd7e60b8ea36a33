"""SHA-256 of workspace files, computed again only after a file has changed."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from typing import Any

from executor.timestamps import iso_time
from executor.workspace import Workspace

READ_BYTES = 1024 * 1024
KEPT_DIGESTS = 20_000

Fingerprint = tuple[int, int, int, int]


def fingerprint(status: os.stat_result) -> Fingerprint:
    """What changes whenever a file's bytes do: inode, size, mtime and ctime (ns)."""
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Digests:
    """A bounded cache of digests by path and `fingerprint`. Safe for use by several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Fingerprint, str]] = OrderedDict()

    def of_path(self, path: str) -> tuple[os.stat_result, str]:
        """Status and digest of a file. Raises `ApiError` when it is gone."""
        descriptor = self._workspace.open_file(path)
        try:
            return self.of_open_file(path, descriptor)
        finally:
            os.close(descriptor)

    def of_open_file(self, path: str, descriptor: int) -> tuple[os.stat_result, str]:
        """Status and digest of an open file, whose position is at its start afterwards."""
        status = os.fstat(descriptor)
        print_of_file = fingerprint(status)
        with self._lock:
            known = self._known.get(path)
        if known is not None and known[0] == print_of_file:
            return status, known[1]
        digest = hashlib.sha256()
        while data := os.read(descriptor, READ_BYTES):
            digest.update(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        if fingerprint(os.fstat(descriptor)) == print_of_file:
            self.remember(path, status, digest.hexdigest())
        return status, digest.hexdigest()

    def remember(self, path: str, status: os.stat_result, digest: str) -> None:
        """Note a digest that is known already, as after an upload."""
        with self._lock:
            self._known[path] = (fingerprint(status), digest)
            self._known.move_to_end(path)
            while len(self._known) > KEPT_DIGESTS:
                self._known.popitem(last=False)


def describe_file(path: str, status: os.stat_result, digest: str) -> dict[str, Any]:
    """A file as the API shows it: path, size in bytes, mtime (ISO 8601, UTC), sha256."""
    return {
        "path": path,
        "size": status.st_size,
        "mtime": iso_time(status.st_mtime),
        "sha256": digest,
    }
