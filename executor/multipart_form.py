"""A `multipart/form-data` body with one file at its end, streamed, its length known before."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import BinaryIO

READ_BYTES = 256 * 1024


class ContentChangedError(OSError):
    """The file is no longer what was announced; the body was not completed."""


class MultipartForm:
    """Fields first, the file last, as S3 wants it (RFC 7578; POST Object of the S3 API).

    Iterate once. The last bytes are given only if the file had exactly `size` bytes with this
    SHA-256, otherwise `ContentChangedError` ends the body and the receiver stores nothing.
    """

    def __init__(self, fields: dict[str, str], content: BinaryIO, size: int, sha256: str) -> None:
        self._boundary = secrets.token_hex(16)
        self._content = content
        self._size = size
        self._sha256 = sha256
        self._head = self._encode_head(fields)
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """For the request's header."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return len(self._head) + self._size + len(self._tail)

    def _encode_head(self, fields: dict[str, str]) -> bytes:
        start = f"--{self._boundary}\r\nContent-Disposition: form-data; name="
        parts = [f'{start}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
        # S3 puts the file's name where a key holds `${filename}`: this one leaves such a key alone.
        parts.append(
            f'{start}"file"; filename="${{filename}}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        return "".join(parts).encode("utf-8", "replace")

    def __iter__(self) -> Iterator[bytes]:
        """The body in pieces of at most `READ_BYTES`."""
        yield self._head
        digest = hashlib.sha256()
        left = self._size
        while left:
            data = self._content.read(min(left, READ_BYTES))
            if not data:
                break
            digest.update(data)
            left -= len(data)
            yield data
        if left or digest.hexdigest() != self._sha256:
            raise ContentChangedError("the file changed while it was read")
        yield self._tail
