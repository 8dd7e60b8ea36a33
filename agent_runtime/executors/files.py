"""Local files in chunks, read in threads so that no event loop waits for a disk."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

CHUNK = 1024 * 1024


async def read_chunks(path: Path) -> AsyncIterator[bytes]:
    """The file's bytes, 1 MiB at a time."""
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


def sha256_of(path: Path) -> str:
    """The hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
