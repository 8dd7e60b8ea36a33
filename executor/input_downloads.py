"""Downloads of granted files: at most one for a path, a few at once, in threads of the server.

The threads exist before the first kernel is forked, because a kernel must know every id that it may
not signal (executor.server).
"""

from __future__ import annotations

import logging
import queue
import threading

from executor.digests import Digests
from executor.errors import ApiError
from executor.input_download import DownloadFailedError, InputDownload
from executor.input_transfer import Transfer
from executor.json_logging import log
from executor.upload import is_new, partial_file
from executor.workspace import Workspace, parse_path, rename_into, stored_name

THREADS = 4
MAX_DOWNLOADS = 64
"""Running and waiting together."""


class InputDownloads:
    """Idempotent: a request for what is being downloaded joins it, what is there stays there."""

    def __init__(self, workspace: Workspace, digests: Digests, *, limit_bytes: int) -> None:
        self._workspace = workspace
        self._digests = digests
        self._limit_bytes = limit_bytes
        self._running: dict[str, InputDownload] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._waiting: queue.SimpleQueue[InputDownload] = queue.SimpleQueue()
        for number in range(THREADS):
            threading.Thread(target=self._serve, name=f"input-{number}", daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether anything is being downloaded."""
        return bool(self._running)

    def submit(self, download: InputDownload) -> InputDownload:
        """Begin, or join the download of the same file that runs.

        Raises `ApiError` 409 while other content is downloaded to this path, 429 beyond
        `MAX_DOWNLOADS`.
        """
        with self._lock:
            known = self._running.get(download.path)
            if known is not None:
                if (known.size, known.sha256) != (download.size, download.sha256):
                    raise ApiError(
                        409, "input_busy", "another content is being downloaded to this path"
                    )
                return known
            if len(self._running) >= MAX_DOWNLOADS:
                raise ApiError(
                    429, "too_many_inputs", f"{MAX_DOWNLOADS} inputs are being downloaded already"
                )
            self._running[download.path] = download
        self._waiting.put(download)
        return download

    def close(self) -> None:
        """End what is under way; nothing partial stays."""
        self._closing.set()

    def _serve(self) -> None:
        while True:
            download = self._waiting.get()
            try:
                digest = self._fetch(download)
            except (DownloadFailedError, ApiError) as error:
                self._forget(download)
                log("input failed", level=logging.WARNING, code=error.code)
                download.fail(error.code, str(error))
            except Exception as error:  # noqa: BLE001 - the others must go on
                self._forget(download)
                log("input failed", level=logging.ERROR, exc_info=True)
                download.fail("internal_error", f"the executor failed ({type(error).__name__})")
            else:
                self._forget(download)
                log("input stored", size=download.size, sha256=digest)
                download.succeed(digest)

    def _forget(self, download: InputDownload) -> None:
        with self._lock:
            del self._running[download.path]

    def _fetch(self, download: InputDownload) -> str:
        """Make the file be there; returns its SHA-256."""
        if download.size > self._limit_bytes:
            raise DownloadFailedError(
                "too_large",
                f"the file has {download.size} bytes; the limit is {self._limit_bytes}",
            )
        if download.sha256 is not None and self._is_there(download):
            return download.sha256
        parts = parse_path(download.path)
        with self._workspace.folder(parts[:-1], create=True) as folder:
            name = stored_name(folder, parts[-1])
            is_new(folder, name)
            with partial_file(folder) as (partial, descriptor):
                digest = Transfer(download, descriptor, self._closing).run()
                status = rename_into(folder, partial, name, descriptor)
        self._digests.remember(download.path, status, digest)
        return digest

    def _is_there(self, download: InputDownload) -> bool:
        try:
            status, digest = self._digests.of_path(download.path)
        except ApiError:
            return False
        return status.st_size == download.size and digest == download.sha256
