"""The record of a run on disk: events as they come, then the job's files, each verified."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from client.errors import ResultError
from client.events import Artifact, Event, Terminal
from client.output_folder import MARKER
from client.terminal import printable

EVENTS = "events.ndjson"
USAGE = "usage.json"
AUDIT = "audit.json"
RUNTIME_LOG = "runtime.log"
EXPECTED = ("report.pdf", "report.docx", "citations.json", "calculations.json")
"""What a job with a report always delivers."""

_OWN_NAMES = frozenset({EVENTS, USAGE, RUNTIME_LOG, MARKER})
PARALLEL_FILES = 8
"""A report is some thirty small files; one after the other, a round trip each would add up."""

Read = Callable[[Artifact], Iterator[bytes]]
Advance = Callable[[int], None]


class EventRecord:
    """Appends every payload to `events.ndjson`, one a line, readable while the job runs."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / EVENTS).open("a", encoding="utf-8", newline="\n")

    def append(self, payload: str) -> None:
        """Add one event as it came; a line break in JSON text can only stand between tokens."""
        self._file.write(payload.replace("\r", " ").replace("\n", " ") + "\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def write_usage(folder: Path, terminal: Terminal, model_provider: str) -> None:
    """Write `usage.json`: tokens in total and per agent, duration in ms, the model provider."""
    usage = {
        "session_id": terminal.session_id,
        "status": terminal.type,
        "model_provider": model_provider,
        "duration_ms": terminal.duration_ms,
        "usage": terminal.usage,
    }
    text = json.dumps(usage, ensure_ascii=False, indent=2)
    (folder / USAGE).write_text(text + "\n", encoding="utf-8")


def collect(folder: Path, artifacts: Sequence[Artifact], read: Read, advance: Advance) -> None:
    """Bring every artifact to its path below `folder`, verifying size and SHA-256 on arrival.

    `advance` is told the bytes that arrive. Raises `ResultError`, naming the file, for a path
    that leads elsewhere, an address that cannot be read, or content that is not what the runtime
    said; no further file is begun then.
    """
    targets = [_target(folder, artifact) for artifact in artifacts]
    stop = threading.Event()

    def fetch(artifact: Artifact, target: Path) -> None:
        if not stop.is_set():
            _fetch(artifact, target, read, advance, stop)

    with ThreadPoolExecutor(PARALLEL_FILES) as pool:
        try:
            for _ in pool.map(fetch, artifacts, targets):
                pass
        finally:
            stop.set()


def refuse_incomplete(artifacts: Sequence[Artifact]) -> None:
    """Raises `ResultError` when a report's job delivered less than a report's files."""
    delivered = {artifact.path for artifact in artifacts}
    missing = [name for name in EXPECTED if name not in delivered]
    if missing:
        raise ResultError(f"The job completed but did not deliver {', '.join(missing)}.")


def _target(folder: Path, artifact: Artifact) -> Path:
    parts = PurePosixPath(artifact.path).parts
    leads_out = not parts or artifact.path.startswith("/") or ".." in parts
    if leads_out or "\0" in artifact.path or parts[0] in _OWN_NAMES:
        raise ResultError(
            f"The runtime sent a file with the path '{printable(artifact.path)}', which has no "
            "place in a result."
        )
    return folder.joinpath(*parts)


def _fetch(
    artifact: Artifact, target: Path, read: Read, advance: Advance, stop: threading.Event
) -> None:
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as copy:
        for chunk in read(artifact):
            if stop.is_set():
                return
            digest.update(chunk)
            copy.write(chunk)
            advance(len(chunk))
    if target.stat().st_size != artifact.size or digest.hexdigest() != artifact.sha256.lower():
        target.unlink()
        raise ResultError(
            f"'{artifact.path}' arrived with other content than the runtime announced; run the "
            "analysis again."
        )


@dataclass(slots=True)
class CitationCount:
    """What `citations.json` says of itself."""

    verified: int = 0
    total: int = 0


def count_citations(folder: Path) -> CitationCount:
    """Citations of a result, verified and in all. Raises `ResultError` when it is unreadable."""
    try:
        content: dict[str, Any] = json.loads((folder / "citations.json").read_bytes())
        statuses = [citation["status"] for citation in content["citations"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultError("citations.json of the job cannot be read.") from error
    return CitationCount(statuses.count("verified"), len(statuses))


def read_audit(folder: Path) -> tuple[str, int] | None:
    """The audit's verdict and its number of findings; None when the job had no audit."""
    try:
        audit: dict[str, Any] = json.loads((folder / AUDIT).read_bytes())
        return str(audit["verdict"]), len(audit["findings"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultError(f"{AUDIT} of the job cannot be read.") from error


def latest_artifacts(changes: Sequence[Artifact], terminal: Event) -> list[Artifact]:
    """The job's files: the terminal event's list, or what `artifact` events announced last."""
    if isinstance(terminal, Terminal) and terminal.artifacts:
        return sorted(terminal.artifacts, key=lambda artifact: artifact.path)
    latest = {artifact.path: artifact for artifact in changes}
    return sorted(latest.values(), key=lambda artifact: artifact.path)
