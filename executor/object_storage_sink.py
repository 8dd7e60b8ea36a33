"""Uploads artifacts to object storage by presigned POST forms, with plain HTTPS.

The executor has no rights of its own: it has the form that a caller granted, for a while. Object
keys are the grant's prefix and the path below `artifacts/`. Nothing is removed from the storage.
"""

from __future__ import annotations

import http.client
import math
import mimetypes
import threading
import time
from contextlib import suppress
from typing import BinaryIO

from executor.grant_connection import AddressRefusedError, GrantConnection
from executor.multipart_form import MultipartForm
from executor.sink import RefusedBySinkError, SinkNotReadyError
from executor.upload_grant import UploadGrant

ANSWER_BYTES = 4096
RETRIED_STATUSES = (408, 409, 425, 429)
"""Besides 5xx. S3 answers 409 to writes of one key that cross."""


class ObjectStorageSink:
    """Ready while it has a grant that has not expired."""

    threads = 3

    def __init__(self) -> None:
        self._grant: UploadGrant | None = None
        self._lock = threading.Lock()
        self._stored: dict[str, str] = {}
        """SHA-256 of what each key holds since our last upload."""

    @property
    def ready(self) -> bool:
        """Whether there is a valid grant."""
        grant = self._grant
        return grant is not None and time.monotonic() < grant.expires_at

    def replace_grant(self, grant: UploadGrant) -> None:
        """Use this grant from now on."""
        with self._lock:
            self._grant = grant

    def grant_seconds_left(self) -> float | None:
        """How long the grant is valid; None without one, also after the storage refused it."""
        grant = self._grant
        if grant is None:
            return None
        # Rounded up, so that 0 is said only of a grant that has expired.
        return math.ceil(grant.seconds_left() * 10) / 10

    def put(self, name: str, content: BinaryIO, size: int, sha256: str) -> None:
        """Upload one object; the storage keeps it whole or not at all. What was uploaded there last
        is not sent again: a file is often written anew with the same content.
        """
        grant = self._grant
        if grant is None or not grant.seconds_left():
            raise SinkNotReadyError("the grant of uploads has expired")
        key = grant.key_prefix + name
        if self._stored.get(key) == sha256:
            return
        self._stored.pop(key, None)  # until the answer says what the storage holds
        fields = {
            **grant.fields,
            "key": key,
            "Content-Type": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "x-amz-meta-sha256": sha256,
        }
        status, answer = _post(grant, MultipartForm(fields, content, size, sha256))
        if 200 <= status < 300:
            self._stored[key] = sha256
            return
        if status in (400, 401, 403) and b"expired" in answer.lower():
            self._drop(grant)
            raise SinkNotReadyError("the storage says that the grant of uploads has expired")
        if status >= 500 or status in RETRIED_STATUSES or b"<Code>RequestTimeout<" in answer:
            raise OSError(f"the storage answered {status}")
        if status == 413 or b"<Code>EntityTooLarge<" in answer:
            raise RefusedBySinkError("the file is larger than the grant of uploads permits")
        raise RefusedBySinkError(f"the storage refused the upload ({status})")

    def _drop(self, grant: UploadGrant) -> None:
        with self._lock:
            if self._grant is grant:
                self._grant = None

    def delete(self, name: str) -> None:
        """Nothing: what was made stays available after the session's code has removed it."""


def _post(grant: UploadGrant, form: MultipartForm) -> tuple[int, bytes]:
    """Status and start of the answer. Raises `OSError` for whatever broke on the way."""
    connection = GrantConnection(grant.url)
    headers = {
        "Content-Type": form.content_type,
        "Content-Length": str(form.length),
        "Connection": "close",
    }
    try:
        try:
            connection.request("POST", grant.url.target, iter(form), headers)
        except (BrokenPipeError, ConnectionResetError):
            # The storage may have refused, and hung up, before it had read all of the body.
            with suppress(OSError, http.client.HTTPException):
                return _answer(connection)
            raise
        return _answer(connection)
    except AddressRefusedError as error:
        raise RefusedBySinkError(str(error)) from None
    except http.client.HTTPException as error:
        raise OSError(
            f"the storage's answer was cut or malformed ({type(error).__name__})"
        ) from None
    finally:
        connection.close()


def _answer(connection: GrantConnection) -> tuple[int, bytes]:
    response = connection.getresponse()
    return response.status, response.read(ANSWER_BYTES)
