"""Receives a file: streamed beside its target, then renamed over it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from executor.errors import ApiError
from executor.workspace import PARTIAL_PREFIX, Workspace, parse_path, rename_into, stored_name

READ_BYTES = 512 * 1024
"""The HTTP server copies what it has received beyond a read once more, so small reads are dear;
large ones cost memory and were slower again (measured with 128 KiB to 4 MiB).
"""


class Readable(Protocol):
    """The body of a request."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, empty at the end."""


def receive_file(
    workspace: Workspace,
    path: str,
    body: Readable,
    *,
    length: int | None,
    limit: int,
    expected_sha256: str | None,
) -> tuple[bool, os.stat_result, str]:
    """Store `body` at `path`; returns whether it is new, its status and its SHA-256.

    Raises `ApiError` 413 beyond `limit` bytes, 400 when the body ends before `length`, 422 when its
    digest is not the expected one; then nothing is left behind and an older file stays as it was.
    """
    if length is not None and length > limit:
        raise _too_large(limit)
    parts = parse_path(path)
    with workspace.folder(parts[:-1], create=True) as folder:
        name = stored_name(folder, parts[-1])
        created = is_new(folder, name)
        with partial_file(folder) as (partial, descriptor):
            size, digest = _copy(body, descriptor, limit)
            if length is not None and size != length:
                raise ApiError(
                    400, "incomplete_upload", f"the body ended after {size} of {length} bytes"
                )
            if expected_sha256 is not None and not hmac.compare_digest(
                digest.encode(), expected_sha256.strip().lower().encode()
            ):
                raise ApiError(422, "wrong_sha256", "the bytes do not have the SHA-256 announced")
            return created, rename_into(folder, partial, name, descriptor), digest


def is_new(folder: int, name: str) -> bool:
    """Whether nothing has this name yet. Raises `ApiError` 400 when a folder has it."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return True
    if os.path.stat.S_ISDIR(status.st_mode):  # type: ignore[attr-defined]
        raise ApiError(400, "not_a_file", "the path names a folder")
    return False


@contextmanager
def partial_file(folder: int) -> Iterator[tuple[str, int]]:
    """Name and descriptor of a new hidden file, removed at the end unless it was renamed."""
    name = PARTIAL_PREFIX + secrets.token_hex(8)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, 0o644, dir_fd=folder)
    except PermissionError as error:
        raise ApiError(403, "no_permission", "the folder cannot be written to") from error
    try:
        yield name, descriptor
    finally:
        os.close(descriptor)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def _copy(body: Readable, descriptor: int, limit: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while data := _read(body):
        size += len(data)
        if size > limit:
            raise _too_large(limit)
        digest.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    return size, digest.hexdigest()


def _read(body: Readable) -> bytes:
    try:
        return body.read(READ_BYTES)
    except OSError as error:
        raise ApiError(400, "incomplete_upload", "the connection ended before the body") from error


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "file_too_large", f"the file is larger than the limit of {limit} bytes")
