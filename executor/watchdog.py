"""Watches what the operating system does not bound by itself: the memory and number of processes
that user code has in all, and the age and idleness of the session.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from executor.json_logging import log
from executor.processes import memory_bytes, proportional_memory_bytes
from executor.runner import Runner

SAMPLE_SECONDS = 0.05
"""How often user code is measured: a fork bomb makes a few hundred processes in this time."""


class Watchdog:
    """A thread that stops user code beyond `memory` bytes or `processes`, and calls `tick`."""

    def __init__(
        self, runner: Runner, memory: int, processes: int, tick: Callable[[], None]
    ) -> None:
        self._runner = runner
        self._memory = memory
        self._processes = processes
        self._tick = tick
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            try:
                self._check()
                self._tick()
            except Exception:  # noqa: BLE001 - a failed sample must not end the watching
                log("a sample failed", exc_info=True)

    def _check(self) -> None:
        processes = self._runner.sample_processes()
        if len(processes) - 1 > self._processes:
            log("user code has too many processes", count=len(processes))
            self._runner.stop_current("processes")
        elif (
            memory_bytes(processes) > self._memory
            and proportional_memory_bytes(processes) > self._memory
        ):
            log("user code uses too much memory")
            self._runner.stop_current("memory")
