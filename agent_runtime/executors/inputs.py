"""The job's inputs: each URI checked before anything starts, with one sentence if it is unfit."""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from agent_runtime.executors.host import JobInput, LocalInput
from agent_runtime.messages import BadRequestError


def local_inputs(uris: Sequence[str], roots: Iterable[Path]) -> list[JobInput]:
    """Inputs named by `file:` URIs below the allowed roots; symbolic links are followed first.

    Raises `BadRequestError` with a sentence for every unfit URI in its details.
    """
    allowed = [root.resolve() for root in roots]
    inputs: list[JobInput] = []
    problems: list[str] = []
    taken: set[str] = set()
    for uri in uris:
        try:
            path = _local_path(uri, allowed)
        except ValueError as error:
            problems.append(str(error))
            continue
        name = free_name(unicodedata.normalize("NFC", path.name), taken)
        taken.add(name)
        inputs.append(LocalInput(name, path.stat().st_size, path))
    if problems:
        raise BadRequestError(problems[0], code="invalid_data", details=problems)
    return inputs


def _local_path(uri: str, allowed: Sequence[Path]) -> Path:
    parts = urlsplit(uri)
    if parts.scheme != "file":
        raise ValueError(f"'{short(uri)}' is not accepted here; use a file: URI.")
    text = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not text.startswith("/") or "\0" in text:
        raise ValueError(f"'{short(uri)}' must be a file: URI with an absolute path.")
    path = Path(os.path.realpath(text))
    if not any(path == root or path.is_relative_to(root) for root in allowed):
        raise ValueError(
            f"'{short(text)}' is outside the folders that data may come from; "
            "add its folder to DEEP_INSIGHT_LOCAL_DATA_ROOTS."
        )
    if not path.exists():
        raise ValueError(f"'{short(text)}' does not exist.")
    if path.is_dir():
        raise ValueError(f"'{short(text)}' is a directory; name the files in it.")
    if not path.is_file():
        raise ValueError(f"'{short(text)}' is not a regular file.")
    if not os.access(path, os.R_OK):
        raise ValueError(f"'{short(text)}' cannot be read; check its permissions.")
    if path.stat().st_size == 0:
        raise ValueError(f"'{short(text)}' is empty.")
    return path


def free_name(name: str, taken: set[str]) -> str:
    """The name, or the name with a number when it is taken."""
    stem, dot, extension = name.rpartition(".")
    candidate, number = name, 2
    while candidate in taken:
        candidate = f"{stem}_{number}{dot}{extension}" if stem else f"{name}_{number}"
        number += 1
    return candidate


def short(text: str) -> str:
    """The end of a long text, for messages."""
    return text if len(text) <= 200 else f"…{text[-200:]}"
