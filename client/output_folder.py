"""The folder of a result: what may be replaced, and how a new result takes its place whole.

`docs/decisions/0010-output-folder.md` explains the rules.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from client.errors import InputError, ResultError

MARKER = ".deep-insight.json"
"""Names what the client wrote into a folder: `{"session_id", "status", "written_at", "files"}`."""
RUNNING = "running"

_SYSTEM_CLUTTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_CHUNK = 1 << 20


class OutputFolder:
    """`--out` of one run.

    On entering, a fresh record folder `<out>.last-run` is made beside `out`; everything of the
    run is written there. `publish` puts it in the place of `out`. Without `publish` the record
    stays where it is and `out` is untouched.
    """

    def __init__(self, out: Path) -> None:
        """Raises `InputError` when `out` is no folder for a result; nothing is written yet."""
        self.out = out.expanduser().resolve()
        _refuse_unsuitable(self.out)
        self.record = self.out.with_name(f"{self.out.name}.last-run")
        self.session_id = ""
        self.status = "interrupted"
        """What becomes of the run: written into the marker when the run ends."""
        self._lock: int | None = None
        self.published = False
        _refuse_foreign(self.out, "--out")
        _refuse_foreign(self.record, "The record of the last run")

    def __enter__(self) -> Self:
        """Raises `InputError` when the folder cannot be written or another run is writing it."""
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self.record.mkdir(exist_ok=True)
            self._lock = os.open(self.record / MARKER, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._empty_record()
            self._mark(RUNNING)
        except BlockingIOError as error:
            self._unlock()
            raise InputError(
                f"Another run is writing to '{self.out}' now; wait for it or choose another --out."
            ) from error
        except OSError as error:
            self._unlock()
            raise InputError(
                f"--out '{self.out}' cannot be written ({error.strerror}); choose a folder that "
                "you may write to."
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Seal a record that was not published; one that holds nothing is removed.

        Where even the marker cannot be written any more, it keeps saying that the run goes on,
        as after a crash, and the next run replaces the record.
        """
        with contextlib.suppress(OSError):
            if not self.published and _files(self.record):
                self._mark(self.status)
            elif not self.published:
                shutil.rmtree(self.record)
        self._unlock()

    def _mark(self, status: str) -> None:
        """Write into the record's marker what the record is and which files are part of it."""
        assert self._lock is not None
        files = [] if status == RUNNING else [_entry(self.record, p) for p in _files(self.record)]
        content = {
            "made_by": "deep-insight",
            "session_id": self.session_id,
            "status": status,
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": files,
        }
        # In place, not by rename: the lock of the run is on this very file.
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, json.dumps(content, ensure_ascii=False, indent=1).encode(), 0)

    def publish(self, status: str = "completed") -> None:
        """Put the record in the place of `out`; the earlier result goes only when that is done.

        `status` is the job's. Raises `ResultError` when `out` changed during the run, so that
        nothing of the person's is lost; the record then stays.
        """
        self.status = status
        self._mark(self.status)
        try:
            _refuse_unsuitable(self.out)
            _refuse_foreign(self.out, "--out")
        except InputError as error:
            raise ResultError(f"The new result stays in '{self.record}': {error}") from error
        earlier = None
        if self.out.exists():
            earlier = self.out.with_name(f".{self.out.name}.{secrets.token_hex(4)}")
            self.out.rename(earlier)
        try:
            self.record.rename(self.out)
        except OSError:
            if earlier is not None:
                earlier.rename(self.out)
            raise
        self.published = True
        if earlier is not None:
            shutil.rmtree(earlier, ignore_errors=True)

    def discard(self) -> None:
        """Remove what the record holds: the run was refused and left nothing worth keeping."""
        self._empty_record()

    def _empty_record(self) -> None:
        for entry in self.record.iterdir():
            if entry.name == MARKER:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _refuse_unsuitable(out: Path) -> None:
    """A folder that cannot be moved aside, or something that is no folder."""
    advice = "choose another --out"
    try:
        if out.exists() and not out.is_dir():
            raise InputError(f"--out '{out}' is a file, not a folder; {advice}.")
        blocker = next((parent for parent in out.parents if parent.exists()), None)
        if blocker is not None and not blocker.is_dir():
            raise InputError(f"--out '{out}' lies below the file '{blocker}'; {advice}.")
        if out == out.parent or out.is_mount() or out in [Path.cwd(), *Path.cwd().parents]:
            raise InputError(
                f"--out '{out}' is the current folder, one above it or a mount point, which a "
                f"result cannot replace; name a folder in it, such as '{out / 'report'}'."
            )
    except OSError as error:
        raise InputError(f"--out '{out}' cannot be used ({error.strerror}); {advice}.") from error


def _refuse_foreign(folder: Path, what: str) -> None:
    """Raise when `folder` holds anything but what an earlier run's marker lists, unchanged."""
    try:
        foreign = next(_foreign(folder), None) if folder.is_dir() else None
    except OSError as error:
        raise InputError(
            f"{what} '{folder}' cannot be read ({error.strerror}); choose another --out."
        ) from error
    if foreign is not None:
        raise InputError(
            f"{what} '{folder}' holds {foreign}, which would be lost; move it away or choose "
            "another --out."
        )


def _foreign(folder: Path) -> Iterator[str]:
    present = _files(folder)
    marker = _read_marker(folder / MARKER)
    if marker is None:
        yield from (f"'{path}', which is no result of deep-insight" for path in present)
        return
    if marker.get("status") == RUNNING:
        return
    ours = {str(entry["path"]): entry for entry in marker["files"]}
    for path in present:
        entry = ours.get(unicodedata.normalize("NFC", path.as_posix()))
        if entry is None:
            yield f"'{path}', which is not part of the earlier result"
        elif entry != _entry(folder, path):
            yield f"'{path}', which was changed after it was made"


def _read_marker(path: Path) -> dict[str, Any] | None:
    """The marker, or None when there is none that this client can have written."""
    try:
        marker = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    well_formed = (
        isinstance(marker, dict)
        and marker.get("made_by") == "deep-insight"
        and isinstance(marker.get("files"), list)
        and all(isinstance(entry, dict) and "path" in entry for entry in marker["files"])
    )
    return marker if well_formed else None


def _files(folder: Path) -> list[Path]:
    """Everything in `folder` but folders, the marker and what file managers leave, relative."""
    return sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir())
        and path != folder / MARKER
        and path.name not in _SYSTEM_CLUTTER
    )


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    """What the marker says of one file: path (NFC, `/`), size in bytes, SHA-256."""
    digest = hashlib.sha256()
    size = 0
    with (folder / path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    name = unicodedata.normalize("NFC", path.as_posix())
    return {"path": name, "size": size, "sha256": digest.hexdigest()}
