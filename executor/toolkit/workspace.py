"""The workspace on disk: confined paths, atomic writes and the lock that serialises writers.

Everything is relative to the current working directory, which is the session's workspace and holds
``data/`` and ``artifacts/``.
"""

import fcntl
import hashlib
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from executor.toolkit.errors import CalculationError, DataError, ToolkitError

ARTIFACTS = Path("artifacts")
CALCULATIONS = ARTIFACTS / "calculations.json"
CITATIONS = ARTIFACTS / "citations.json"
CHARTS = ARTIFACTS / "charts.json"
CHART_FOLDER = ARTIFACTS / "charts"
DRAFT = ARTIFACTS / "report_draft.md"
REPORT_FACTS = ARTIFACTS / "report.json"
REPORT_DOCX = ARTIFACTS / "report.docx"
REPORT_PDF = ARTIFACTS / "report.pdf"
AUDIT = ARTIFACTS / "audit.json"

_ID = re.compile(r"[a-z][a-z0-9_]{0,79}")


def require_id(identifier: object, what: str) -> str:
    """Return the id when it is ``[a-z][a-z0-9_]*`` of at most 80 characters.

    Raises:
        CalculationError: otherwise; ids become file names and placeholders.
    """
    if isinstance(identifier, str) and _ID.fullmatch(identifier):
        return identifier
    raise CalculationError(
        f"the {what} id {identifier!r} is not allowed: use lower-case letters, digits and"
        " underscores, a letter first, at most 80 characters"
    )


def confine(path: str | os.PathLike[str]) -> Path:
    """Return the path relative to the workspace, NFC.

    A name that exists on disk only in its decomposed form (as macOS writes it) is found too.

    Raises:
        DataError: the path leads out of the workspace, also through a symbolic link.
    """
    text = os.fspath(path)
    if "\0" in text:
        raise DataError("a file name cannot hold a NUL character: give the path of a file in data/")
    root = Path.cwd().resolve()
    given = Path(text)
    candidates = [Path(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")]
    existing = next((c for c in (given, *candidates) if c.exists()), candidates[0])
    try:
        relative = (root / existing).resolve().relative_to(root)
    except (ValueError, OSError, RuntimeError) as error:
        raise DataError(
            f"{text} is outside the workspace: use a path below it, such as data/orders.csv"
        ) from error
    return relative


def shown(path: Path) -> str:
    """Return a path as it is written in records and reports: slashes, composed characters."""
    return unicodedata.normalize("NFC", path.as_posix())


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_folder(folder: Path) -> None:
    """Make a folder of the workspace, its parents too, unless a link leads out of the workspace."""
    root = Path.cwd().resolve()
    if not folder.resolve().is_relative_to(root):
        raise ToolkitError(f"{folder} leads out of the workspace: remove the link")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolkitError(f"{folder} cannot be made: {error.strerror}") from error


@contextmanager
def artifacts_lock() -> Iterator[None]:
    """Hold the lock on ``artifacts/`` so that read-change-write is safe between processes."""
    make_folder(ARTIFACTS)
    descriptor = os.open(ARTIFACTS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes) -> None:
    """Write the file completely or not at all: readers see the old or the new content."""
    make_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a JSON document atomically, UTF-8, indented by two."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    write_atomically(path, (text + "\n").encode())


def read_json_list(path: Path, key: str) -> list[dict[str, Any]]:
    """Return the list below ``key``; an absent file is an empty list.

    Raises:
        ToolkitError: the file is not what the toolkit wrote.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ToolkitError(f"{path} cannot be read as JSON: delete it and record again") from error
    entries = document.get(key) if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ToolkitError(f"{path} has no list {key!r}: delete it and record again")
    return entries


def read_report_title() -> str:
    """Return the title that the report was last built with; empty before the first one."""
    try:
        facts = json.loads(REPORT_FACTS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise ToolkitError(f"{REPORT_FACTS} cannot be read: build the report again") from error
    if not isinstance(facts, dict) or not isinstance(facts.get("title"), str):
        raise ToolkitError(f"{REPORT_FACTS} names no title: build the report again")
    return str(facts["title"])
