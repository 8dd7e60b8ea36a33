"""A parent that dies while /proc is read hides its children from that one look."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Iterator

import pytest

from executor import processes
from executor.processes import Process, continue_processes, kill_descendants, stop_descendants
from tests.executor.running_executor import eventually


@pytest.fixture
def family() -> Iterator[subprocess.Popen[bytes]]:
    """A process with one child."""
    parent = subprocess.Popen(["sh", "-c", "sleep 60 & wait"])
    eventually(lambda: processes.descendants(parent.pid), "the child runs")
    yield parent
    kill_descendants(parent.pid, ())
    parent.kill()
    parent.wait()


@pytest.fixture
def blink(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The next look finds nothing."""
    look = processes.descendants
    hidden: list[set[Process]] = []

    def found(root: int, protected: Collection[int] = ()) -> set[Process]:
        return hidden.pop() if hidden else look(root, protected)

    monkeypatch.setattr(processes, "descendants", found)
    return lambda: hidden.append(set())


def test_a_child_hidden_from_one_look_is_killed(
    family: subprocess.Popen[bytes], blink: Callable[[], None]
) -> None:
    blink()
    assert kill_descendants(family.pid, ())
    assert processes.descendants(family.pid) == set()


def test_a_child_hidden_from_one_look_is_stopped(
    family: subprocess.Popen[bytes], blink: Callable[[], None]
) -> None:
    (child,) = processes.descendants(family.pid)
    blink()
    _, stopped = stop_descendants(family.pid, ())
    assert stopped == {child}
    continue_processes(stopped)
