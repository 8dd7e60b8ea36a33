"""Files of the workspace, reached only by paths that cannot leave it.

A path is relative, in NFC, and walked one component at a time without following symbolic links, so
that user code cannot point the server at another file, not even by swapping a folder while the
server looks.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from executor.errors import ApiError

PARTIAL_PREFIX = ".partial-"
"""Names of uploads that are under way; hidden from lists."""

MAX_PATH_BYTES = 4000
MAX_NAME_BYTES = 255
MAX_LISTED_FILES = 50_000
"""A list stops here: user code must not be able to keep the server walking."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def parse_path(text: str) -> tuple[str, ...]:
    """The components of a workspace path, in NFC. Raises `ApiError` 400 for what is not one."""
    path = unicodedata.normalize("NFC", text)
    parts = tuple(path.split("/"))
    if "\0" in path:
        raise _bad_path("holds a NUL character")
    if path.startswith("/"):
        raise _bad_path("is absolute; paths are relative to the workspace")
    if any(part == ".." for part in parts):
        raise _bad_path("holds '..'; paths stay inside the workspace")
    if any(part in ("", ".") for part in parts):
        raise _bad_path("is empty or has an empty component")
    try:
        encoded = [part.encode("utf-8") for part in parts]
    except UnicodeEncodeError as error:
        raise _bad_path("is not valid Unicode") from error
    if max(map(len, encoded)) > MAX_NAME_BYTES or len(path.encode()) > MAX_PATH_BYTES:
        raise _bad_path(f"is too long ({MAX_NAME_BYTES} bytes for a name)")
    if parts[-1].startswith(PARTIAL_PREFIX):
        raise _bad_path(f"starts with {PARTIAL_PREFIX!r}, which is kept for uploads under way")
    return parts


def _bad_path(what: str) -> ApiError:
    return ApiError(400, "bad_path", f"the path {what}")


def _not_found() -> ApiError:
    return ApiError(404, "no_such_file", "there is no file of this path")


class Workspace:
    """The folder of the session. Paths in and out are `/`-separated, relative and in NFC."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def folder(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """A descriptor of the folder below the root; made when missing and `create`."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts:
                inner = _enter(descriptor, part, create)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def open_file(self, path: str) -> int:
        """A descriptor for reading a regular file. Raises `ApiError` 400 or 404."""
        parts = parse_path(path)
        with self.folder(parts[:-1]) as folder:
            try:
                # Without O_NONBLOCK a named pipe would keep this thread waiting for a writer.
                descriptor = os.open(
                    stored_name(folder, parts[-1]),
                    os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                    dir_fd=folder,
                )
            except OSError as error:
                raise _as_api_error(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ApiError(400, "not_a_file", "the path names a folder or another kind of file")
        return descriptor

    def delete(self, path: str) -> None:
        """Remove one file. Raises `ApiError` 400 or 404."""
        parts = parse_path(path)
        with self.folder(parts[:-1]) as folder:
            try:
                os.unlink(stored_name(folder, parts[-1]), dir_fd=folder)
            except OSError as error:
                raise _as_api_error(error) from error

    def files(self, top: str = "") -> Iterator[tuple[str, os.stat_result]]:
        """Every regular file below the folder `top`, unordered, at most `MAX_LISTED_FILES`."""
        count = 0
        pending = [top]
        while pending:
            relative = pending.pop()
            try:
                entries = list(os.scandir(self.root / relative))
            except OSError:
                continue
            for entry in entries:
                name = f"{relative}/{entry.name}" if relative else entry.name
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(name)
                    elif entry.is_file(follow_symlinks=False) and not entry.name.startswith(
                        PARTIAL_PREFIX
                    ):
                        count += 1
                        yield unicodedata.normalize("NFC", name), entry.stat(follow_symlinks=False)
                if count >= MAX_LISTED_FILES:
                    return


def rename_into(folder: int, partial: str, name: str, descriptor: int) -> os.stat_result:
    """Give a finished partial file its name in the same folder; returns its status after that."""
    os.rename(partial, name, src_dir_fd=folder, dst_dir_fd=folder)
    return os.fstat(descriptor)


def _enter(folder: int, name: str, create: bool) -> int:
    name = stored_name(folder, name)
    for attempt in (1, 2):
        try:
            return os.open(name, _FOLDER, dir_fd=folder)
        except FileNotFoundError as error:
            if not create or attempt == 2:
                raise _not_found() from error
            with suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=folder)
        except OSError as error:
            raise _as_api_error(error) from error
    raise _not_found()


def stored_name(folder: int, name: str) -> str:
    """The name under which `folder` holds `name`: as it is, or another normal form of it."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        if not name.isascii():
            for stored in os.listdir(folder):
                if unicodedata.normalize("NFC", stored) == name:
                    return stored
    except OSError:
        return name
    return name


def _as_api_error(error: OSError) -> ApiError:
    if error.errno == errno.ENOENT:
        return _not_found()
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
        return _bad_path("goes through a symbolic link or through a file")
    if error.errno in (errno.EISDIR, errno.EPERM, errno.ENXIO):
        return ApiError(400, "not_a_file", "the path names a folder or another kind of file")
    if error.errno == errno.EACCES:
        return ApiError(403, "no_permission", "the file cannot be opened: its mode forbids it")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ApiError(507, "no_space", "the workspace has no space left")
    return ApiError(400, "bad_path", f"the path cannot be used ({os.strerror(error.errno or 0)})")
