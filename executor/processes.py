"""The tree of processes that user code started, read from /proc.

The server's first process is a child subreaper, so every process that user code leaves behind,
however it detached itself, stays a descendant of it and is found here.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

STAT_BYTES = 4096
"""More than a line of /proc/PID/stat can be (proc_pid_stat(5))."""

CHILDREN_ARE_LISTED = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
"""CONFIG_PROC_CHILDREN, which the usual distributions set (proc_pid_task(5))."""

SURE_LOOKS = 2
"""A look at all processes takes a moment: a parent that dies in it hides its children from it."""

STOPPED_WITHIN_SECONDS = 2.0


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


def sample_descendants(roots: Sequence[int], protected: Collection[int]) -> set[Process]:
    """The living processes below any of `roots`, at a fraction of the cost on a busy machine.

    For frequent looks: a process may be missed while a sibling ends. A protected process that is no
    root is not looked below.
    """
    if not CHILDREN_ARE_LISTED:
        return descendants(roots[0], protected)
    found: set[Process] = set()
    pending = list(roots)
    while pending:
        try:
            children = _children(pending.pop())
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        for pid in children:
            if pid in protected:
                continue
            pending.append(pid)
            status = _read_stat(pid)
            if status is not None and status[1] != "Z":
                found.add(Process(pid, status[2]))
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", "rb", buffering=0) as listed:
            children += map(int, listed.read().split())
    return children


def _read_stat(pid: int) -> tuple[int, str, int] | None:
    """Parent, state and start time (clock ticks since boot) of a process, None when it is gone."""
    # Read for every process 20 times a second, so without the layers of a text file.
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        stat = os.read(descriptor, STAT_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    fields = stat[stat.rfind(b")") + 2 :].split(None, 20)
    return int(fields[1]), fields[0].decode("ascii"), int(fields[19])


def stop_descendants(root: int, protected: Collection[int]) -> tuple[set[Process], set[Process]]:
    """Stop every process below `root` but `protected` ones.

    Returns all of them, and those that were not stopped before, for `continue_processes`.
    """
    seen: set[Process] = set()
    stopped: set[Process] = set()
    looks_without_new = 0
    while looks_without_new < SURE_LOOKS:
        new = descendants(root, protected) - seen
        looks_without_new = 0 if new else looks_without_new + 1
        seen |= new
        moving = {p for p in new if (status := _read_stat(p.pid)) and status[1] not in "Tt"}
        stopped |= moving
        _send(moving, signal.SIGSTOP)
    _wait_until_stopped(stopped)
    return seen, stopped


def _wait_until_stopped(processes: Collection[Process]) -> None:
    """A process stops when it next leaves the kernel, which may be after one more write."""
    deadline = time.monotonic() + STOPPED_WITHIN_SECONDS
    moving = set(processes)
    while moving and time.monotonic() < deadline:
        moving = {
            process
            for process in moving
            if (status := _read_stat(process.pid))
            and status[2] == process.started
            and status[1] not in "TtZX"
        }
        if moving:
            time.sleep(0.001)


def continue_processes(processes: Collection[Process]) -> None:
    """Let stopped processes go on, if they still are the same ones."""
    same = {p for p in processes if (status := _read_stat(p.pid)) and status[2] == p.started}
    _send(same, signal.SIGCONT)


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
    looks_without_any = 0
    while looks_without_any < SURE_LOOKS:
        living = descendants(root, protected) - set(spared)
        looks_without_any = 0 if living else looks_without_any + 1
        if time.monotonic() > deadline:
            return False
        if living - stopped:
            _send(living - stopped, signal.SIGSTOP)
            stopped |= living
        elif living:
            _send(living, signal.SIGKILL)
            with suppress(InterruptedError):
                time.sleep(0.001)
    return True


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


def task_count(user: int) -> int:
    """Processes and threads whose real user is `user`, as RLIMIT_NPROC counts them."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, KeyError, ValueError):
                status = _status_fields(int(name))
                if int(status["Uid"].split()[0]) == user:
                    count += int(status["Threads"])
    return count


def _status_fields(pid: int) -> dict[str, str]:
    # The owner of /proc/PID would not do: it is root for every process that forbids inspection.
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def server_ids(pids: Collection[int]) -> tuple[int, ...]:
    """Everything by which the processes of the server could be signalled, the server's own first.

    Their process and thread ids, their groups, and the same of their ancestors up to the first
    process: `kill` takes any thread's id for its process.
    """
    ids: dict[int, None] = {}
    seen: set[int] = set()
    pending = list(pids)
    while pending:
        pid = pending.pop(0)
        if pid <= 0 or pid in seen:
            continue
        seen.add(pid)
        ids[pid] = None
        with suppress(OSError):
            ids.update(dict.fromkeys([os.getpgid(pid), *map(int, os.listdir(f"/proc/{pid}/task"))]))
        status = _read_stat(pid)
        if status is not None:
            pending.append(status[0])
    ids.pop(0, None)
    return tuple(ids)
