"""Memory and processor time of a process and all its descendants, read from /proc (Linux)."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

PROC = Path("/proc")
MIB = 1024 * 1024


def descendants(root: int) -> list[int]:
    """The process and everything below it, by parent."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def resident_bytes(pid: int) -> int:
    """Resident memory of one process, pages that it shares included; 0 when it is gone."""
    return _field(PROC / str(pid) / "status", "VmRSS:")


def proportional_bytes(pid: int) -> int:
    """The process's share of memory (PSS), or its resident memory where that may not be read.

    The executor's processes let nobody but root read theirs.
    """
    return _field(PROC / str(pid) / "smaps_rollup", "Pss:") or resident_bytes(pid)


def processor_seconds(pid: int) -> float:
    """Processor time that one process has used so far; 0 when it is gone."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def tree_bytes(root: int) -> int:
    """Memory of a process and all its descendants, shared pages counted once."""
    return sum(proportional_bytes(pid) for pid in descendants(root))


def _field(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)


class PeakMemory:
    """Calls `measure` while a block runs, about each `interval` seconds; keeps the most it said.

    A dear measurement slows down what it watches: choose one that suits the interval.
    """

    def __init__(self, measure: Callable[[], int], *, interval: float) -> None:
        self._measure = measure
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_bytes = 0

    def _watch(self) -> None:
        while not self._stopped.is_set():
            started = time.monotonic()
            self.peak_bytes = max(self.peak_bytes, self._measure())
            self._stopped.wait(max(0.0, self._interval - (time.monotonic() - started)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()
