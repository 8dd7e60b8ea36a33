"""Brings the bytes of one granted file here: resumed after a reset, retried, verified."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import random
import re
import threading

from executor.grant_connection import AddressRefusedError, GrantConnection
from executor.input_download import DownloadFailedError, InputDownload
from executor.json_logging import log

READ_BYTES = 256 * 1024
ANSWER_BYTES = 4096
ATTEMPTS_WITHOUT_PROGRESS = 5
MOST_ATTEMPTS = 200
FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 8.0
RETRIED_STATUSES = (408, 425, 429)
"""Besides 5xx."""


class Transfer:
    """Writes what `download` names to the open file `descriptor`, and hashes it on the way."""

    def __init__(self, download: InputDownload, descriptor: int, closing: threading.Event) -> None:
        self._download = download
        self._descriptor = descriptor
        self._closing = closing
        self._digest = hashlib.sha256()
        self._etag: str | None = None

    def run(self) -> str:
        """Download everything; returns its SHA-256. Raises `DownloadFailedError`."""
        self._download.received = 0
        failures = 0
        for attempt in range(1, MOST_ATTEMPTS + 1):
            before = self._download.received
            try:
                self._request()
                return self._verified()
            except AddressRefusedError as error:
                raise DownloadFailedError("unreachable", str(error)) from None
            except (OSError, http.client.HTTPException) as error:
                reason = type(error).__name__
                if isinstance(error, OSError) and error.errno is None and error.args:
                    reason = str(error)
            failures = 1 if self._download.received > before else failures + 1
            log(
                "input interrupted",
                attempt=attempt,
                reason=reason,
                received=self._download.received,
            )
            if failures >= ATTEMPTS_WITHOUT_PROGRESS:
                break
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), MAX_PAUSE_SECONDS)
            self._closing.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        raise DownloadFailedError(
            "unreachable",
            f"the download stopped at {self._download.received} of {self._download.size} bytes "
            f"and could not be continued ({reason})",
        )

    def _request(self) -> None:
        """One request, from where the last one broke off to the end of the file."""
        connection = GrantConnection(self._download.url)
        start = self._download.received
        headers = {"Accept-Encoding": "identity", "Connection": "close"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if self._etag is not None:
                headers["If-Match"] = self._etag
        try:
            connection.request("GET", self._download.url.target, headers=headers)
            response = connection.getresponse()
            self._check_status(response)
            self._check_size(response, start)
            self._etag = response.getheader("ETag") or self._etag
            self._receive(response)
        finally:
            connection.close()

    def _check_status(self, response: http.client.HTTPResponse) -> None:
        status = response.status
        if status in (200, 206):
            return
        answer = response.read(ANSWER_BYTES)
        if status == 403 or (status in (400, 401) and b"expired" in answer.lower()):
            raise DownloadFailedError("expired", "the grant has expired or is refused (403)")
        if status in (404, 410):
            raise DownloadFailedError("missing", "there is no file at the granted address")
        if status in (412, 416):
            raise _changed("the file is another one than when the download began")
        if status >= 500 or status in RETRIED_STATUSES:
            raise OSError(f"the storage answered {status}")
        what = "with a redirect, which is not followed" if 300 <= status < 400 else f"{status}"
        raise DownloadFailedError("unreachable", f"the granted address answered {what}")

    def _check_size(self, response: http.client.HTTPResponse, start: int) -> None:
        """Before any byte is taken: is this the whole file, or the rest of it, of that size?"""
        expected = self._download.size
        if response.status == 200:
            self._begin_again()
            total = response.getheader("Content-Length")
        else:
            found = re.fullmatch(
                r"bytes (\d+)-\d+/(\d+)", response.getheader("Content-Range", "").strip()
            )
            if found is None or int(found[1]) != start:
                raise DownloadFailedError(
                    "unreachable", "the granted address answered with another part than asked for"
                )
            total = found[2]
        if total is not None and int(total) != expected:
            raise _changed(f"the file has {int(total)} bytes instead of {expected}")

    def _begin_again(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._digest = hashlib.sha256()
        self._download.received = 0

    def _receive(self, response: http.client.HTTPResponse) -> None:
        download = self._download
        while data := response.read1(READ_BYTES):
            if self._closing.is_set():
                raise DownloadFailedError("closing", "the session is closing")
            if download.received + len(data) > download.size:
                raise _changed(f"the file has more than {download.size} bytes")
            self._digest.update(data)
            left = memoryview(data)
            while left:
                left = left[self._write(left) :]
            download.received += len(data)
        if download.received < download.size:
            raise OSError("the connection ended early")

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except OSError as error:
            raise DownloadFailedError("no_space", "the workspace has no space left") from error

    def _verified(self) -> str:
        digest = self._digest.hexdigest()
        expected = self._download.sha256
        if expected is not None and not hmac.compare_digest(digest, expected):
            raise _changed("the bytes do not have the SHA-256 announced")
        return digest


def _changed(message: str) -> DownloadFailedError:
    return DownloadFailedError("changed", message)
