"""The tree of processes that user code started, read from /proc.

The server's first process is a child subreaper, so every process that user code leaves behind,
however it detached itself, stays a descendant of it and is found here.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """A process that is safe to name: `started` tells it from a later one with the same number."""

    pid: int
    started: int


def descendants(root: int, protected: Collection[int] = ()) -> set[Process]:
    """The living processes below `root`, without those in `protected` (but with their children)."""
    children: dict[int, list[Process]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        status = _read_stat(int(name))
        if status is not None and status[1] != "Z":
            children.setdefault(status[0], []).append(Process(int(name), status[2]))
    found: set[Process] = set()
    pending = [root]
    while pending:
        for process in children.get(pending.pop(), ()):
            pending.append(process.pid)
            if process.pid not in protected:
                found.add(process)
    return found


def _read_stat(pid: int) -> tuple[int, str, int] | None:
    """Parent, state and start time (clock ticks since boot) of a process, None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat[stat.rfind(")") + 2 :].split()
    return int(fields[1]), fields[0], int(fields[19])


def kill_descendants(
    root: int,
    protected: Collection[int],
    spared: Collection[Process] = (),
    deadline_seconds: float = 5.0,
) -> bool:
    """Kill every process below `root` but `protected` and `spared`; True when none is left.

    Processes are stopped first, so that a fork bomb cannot outrun the killing.
    """
    deadline = time.monotonic() + deadline_seconds
    stopped: set[Process] = set()
    while True:
        living = descendants(root, protected) - set(spared)
        if not living:
            return True
        if time.monotonic() > deadline:
            return False
        if living - stopped:
            _send(living - stopped, signal.SIGSTOP)
            stopped |= living
        else:
            _send(living, signal.SIGKILL)
            with suppress(InterruptedError):
                time.sleep(0.001)


def _send(processes: Collection[Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def memory_bytes(processes: Collection[Process]) -> int:
    """Anonymous and shared memory of the processes; pages shared by a fork count for each."""
    return sum(_status_kib(process.pid) for process in processes) * 1024


def _status_kib(pid: int) -> int:
    total = 0
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += int(line.split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return total


def proportional_memory_bytes(processes: Collection[Process]) -> int:
    """Memory of the processes in which a shared page counts once in all (slower than RSS)."""
    total = 0
    for process in processes:
        try:
            with open(f"/proc/{process.pid}/smaps_rollup", encoding="ascii") as rollup:
                for line in rollup:
                    if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                        total += int(line.split()[1]) * 1024
        except (OSError, ValueError, IndexError):
            total += _status_kib(process.pid) * 1024
    return total
