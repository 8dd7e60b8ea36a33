"""Remember what loading a file told, so that recording and reporting need not load it again."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SourceFacts:
    """A loaded file in short.

    Attributes:
        columns: names as ``load`` gives them.
        rows: number of rows.
        period: first and last day over the first column of dates, in ISO form; None without one.
        format, encoding: as in ``Table``.
    """

    columns: list[str]
    rows: int
    period: tuple[str, str] | None
    format: str
    encoding: str | None


_facts: dict[tuple[str, int, int], SourceFacts] = {}


def remember(path: Path, facts: SourceFacts) -> None:
    """Keep a file's facts for as long as the file does not change."""
    _facts[_key(path)] = facts


def source_facts(path: Path) -> SourceFacts:
    """Return a file's facts; loads it if this process has not yet.

    Raises:
        DataError: the file cannot be loaded.
    """
    found = _facts.get(_key(path)) if path.is_file() else None
    if found is None:
        from executor.toolkit.loading import load

        load(path)
        found = _facts[_key(path)]
    return found


def _key(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return (str(path.resolve()), status.st_mtime_ns, status.st_size)
