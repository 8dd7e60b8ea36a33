"""Progress of bytes on their way: nothing for what is quick, a bar or lines for what is not."""

import threading
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

SHOWN_AFTER_SECONDS = 1.0
_LINE_SECONDS = 5.0


class _Pausable(Protocol):
    def pause(self) -> None: ...

    def resume(self) -> None: ...


class TransferProgress:
    """For the length of a `with` block; `advance` may be called from any thread."""

    def __init__(
        self, title: str, total: int, console: Console, view: _Pausable | None = None
    ) -> None:
        """`total` in bytes; `view` leaves the terminal while the bar is on it."""
        self._title = title
        self._total = total
        self._console = console
        self._view = view
        self._lock = threading.Lock()
        self._done = 0
        self._next_line = self._started = time.monotonic()
        self._bar: Progress | None = None

    def advance(self, size: int) -> None:
        """Count bytes that have arrived; a negative number takes back what is sent again."""
        with self._lock:
            self._done += size
            if time.monotonic() - self._started < SHOWN_AFTER_SECONDS:
                return
            if not self._console.is_terminal:
                self._print_line()
                return
            if self._bar is None:
                self._bar = self._make_bar()
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                if self._view is not None:
                    self._view.resume()

    def _make_bar(self) -> Progress:
        if self._view is not None:
            self._view.pause()
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        bar.add_task(self._title, total=self._total)
        bar.start()
        return bar

    def _print_line(self) -> None:
        now = time.monotonic()
        if now >= self._next_line:
            self._next_line = now + _LINE_SECONDS
            done, total = size_text(self._done), size_text(self._total)
            self._console.print(Text(f"{self._title}: {done} of {total}"), soft_wrap=True)


def size_text(size: float) -> str:
    """`1.5 GiB`."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
