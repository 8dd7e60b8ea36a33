"""The sessions of a stack: who asked what, how it stands, how long it took and what it cost."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from client.errors import ResultError
from client.executor_price import ExecutorPrice
from client.session_objects import JobFile, SessionObjects
from client.terminal import first_line, printable

LONGEST_SESSION = timedelta(hours=8)
"""AgentCore's limit; a job without an end that began earlier is lost."""
_PARALLEL = 16
_QUESTION_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One line of the list."""

    job: JobFile
    now: datetime

    @property
    def status(self) -> str:
        """As the record has it, or `lost` when it can run no more and never ended."""
        is_lost = self.job.is_running and self.age > LONGEST_SESSION
        return "lost" if is_lost else self.job.status

    @property
    def age(self) -> timedelta:
        """Since the start."""
        return self.now - self.job.started

    @property
    def duration(self) -> timedelta:
        """Until the end, or until now; of a lost job the longest it can have been."""
        return min((self.job.ended or self.now) - self.job.started, LONGEST_SESSION)

    @property
    def tokens(self) -> int | None:
        """Tokens of all kinds; None until the job has ended."""
        total: Any = (self.job.usage or {}).get("total")
        if not isinstance(total, dict):
            return None
        return sum(int(value) for name, value in total.items() if name.endswith("_tokens"))

    @property
    def question(self) -> str:
        """The start of the prompt."""
        prompt = first_line(str((self.job.request or {}).get("prompt", "")))
        too_long = len(prompt) > _QUESTION_CHARACTERS
        return f"{prompt[: _QUESTION_CHARACTERS - 1]}…" if too_long else prompt

    def as_json(self, price: ExecutorPrice | None) -> dict[str, Any]:
        """For programs; the cost in US dollars."""
        return {
            "session_id": self.job.session_id,
            "status": self.status,
            "owner": self.job.owner,
            "started": self.job.started.isoformat(),
            "duration_seconds": round(self.duration.total_seconds(), 1),
            "tokens": self.tokens,
            "executor_cost_usd": round(price.of(self.duration), 6) if price else None,
            "question": self.question,
        }


def recent_sessions(objects: SessionObjects, limit: int) -> tuple[list[SessionEntry], int]:
    """The newest sessions that have a job, and how many there are in all. Raises `ClientError`."""
    now = datetime.now(UTC)

    def entry(session_id: str) -> SessionEntry | None:
        try:
            job = objects.job(session_id)
        except ResultError:
            return None
        return SessionEntry(job, now) if job is not None else None

    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = [one for one in pool.map(entry, objects.session_ids()) if one is not None]
    found.sort(key=lambda one: one.job.started, reverse=True)
    return found[:limit], len(found)


def print_sessions(
    console: Console, entries: Sequence[SessionEntry], price: ExecutorPrice | None
) -> None:
    """A table on a terminal; elsewhere the same columns, two spaces apart and never cut."""
    names = ("SESSION", "STATUS", "AGE", "DURATION", "TOKENS", "COST", "OWNER", "QUESTION")
    rows = [_cells(entry, price) for entry in entries]
    if console.is_terminal:
        table = Table(*names, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        return
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print("  ".join(cells).rstrip(), soft_wrap=True)


def _cells(entry: SessionEntry, price: ExecutorPrice | None) -> tuple[str, ...]:
    owner = (entry.job.owner or "-").rpartition("/")[2]
    return (
        printable(entry.job.session_id),
        printable(entry.status),
        duration_text(entry.age),
        duration_text(entry.duration),
        "-" if entry.tokens is None else f"{entry.tokens}",
        f"${price.of(entry.duration):.4f}" if price else "-",
        printable(owner),
        entry.question,
    )


def duration_text(span: timedelta) -> str:
    """`45s`, `12m`, `3h05m`, `2d`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 48 * 3600:
        return f"{seconds // 3600}h{seconds % 3600 // 60:02}m"
    return f"{seconds // 86400}d"
