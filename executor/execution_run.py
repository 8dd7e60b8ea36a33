"""Runs one execution on a kernel: collects its events, and stops it when it must stop.

Stopping is a ladder: SIGINT, `GRACE_SECONDS`, then SIGKILL. What ends it is the kernel's `done`
message, the death of the kernel, or the top of the ladder.
"""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass
from typing import Any

from executor.execution import Execution
from executor.frames import FrameError
from executor.kernel_events import EventFilter
from executor.kernel_process import KernelProcess
from executor.output import OutputCapture

GRACE_SECONDS = 2.0
"""From the interrupt to SIGKILL (docs/contracts.md)."""

STOP_NOW = ("memory", "processes")
"""Reasons for which there is no grace: the code is taking what others need."""


@dataclass
class Outcome:
    """How a run ended: `status` of the kernel or None when it must be killed or has died.

    `interrupted_at` is the KeyboardInterrupt error event that an interrupt of ours led to.
    """

    status: str | None
    events: list[dict[str, Any]]
    interrupted_at: dict[str, Any] | None = None
    broken_protocol: bool = False


class ExecutionRun:
    """One execution on one kernel, from `execute` to its outcome. Runs in the runner's thread."""

    def __init__(
        self, execution: Execution, kernel: KernelProcess, output_bytes: int, wake_fd: int
    ) -> None:
        self._execution = execution
        self._kernel = kernel
        self._wake_fd = wake_fd
        self._captures = {name: OutputCapture(name, output_bytes) for name in kernel.outputs}
        self._filter = EventFilter()
        self._deadline = time.monotonic() + execution.timeout_seconds
        self._kill_at: float | None = None
        self._status: str | None = None
        self._interrupted_at: dict[str, Any] | None = None
        self._poll = select.poll()
        self._open = dict(zip(kernel.outputs.values(), kernel.outputs, strict=True))
        for descriptor in (kernel.control.fileno(), kernel.pidfd, wake_fd, *self._open):
            self._poll.register(descriptor, select.POLLIN)

    def run(self) -> Outcome:
        """Send the code and wait for the end; the caller kills the kernel if the status is None."""
        try:
            self._kernel.send(
                {"execute": {"language": self._execution.language, "code": self._execution.code}}
            )
            while self._status is None:
                if not self._step():
                    return self._outcome()
        except FrameError:
            return self._outcome(broken_protocol=True)
        except OSError:
            return self._outcome()
        return self._outcome()

    def _outcome(self, *, broken_protocol: bool = False) -> Outcome:
        self._drain()
        events = self._taken(all_of_it=True)
        for capture in self._captures.values():
            events += capture.finish()
        events += self._filter.finish()
        return Outcome(self._status, events, self._interrupted_at, broken_protocol)

    def _step(self) -> bool:
        """Wait for something and deal with it; False when the kernel is dead or has to be
        killed.
        """
        ready = {descriptor for descriptor, _ in self._poll.poll(self._wait_ms())}
        if self._wake_fd in ready:
            os.eventfd_read(self._wake_fd)
        for descriptor in ready & self._open.keys():
            self._read(descriptor)
        if self._kernel.control.fileno() in ready and not self._receive():
            return False
        if self._status is None and self._kernel.pidfd in ready:
            return False
        self._execution.record(self._taken())
        return self._status is not None or self._keep_going()

    def _wait_ms(self) -> float:
        now = time.monotonic()
        waits = [(self._kill_at or self._deadline) - now]
        waits += [due for c in self._captures.values() if (due := c.due_in(now)) is not None]
        return max(0.0, min(waits)) * 1000 + 1

    def _keep_going(self) -> bool:
        now = time.monotonic()
        if self._kill_at is not None:
            return now < self._kill_at and self._execution.stop_reason not in STOP_NOW
        if self._execution.stop_reason is None:
            if now < self._deadline:
                return True
            self._execution.stop_reason = "timeout"
        if self._execution.stop_reason in STOP_NOW:
            return False
        self._kernel.interrupt()
        self._kill_at = now + GRACE_SECONDS
        return True

    def _read(self, descriptor: int) -> None:
        stream = self._open[descriptor]
        data = self._kernel.read(stream)
        if data:
            self._captures[stream].write(data)
        else:
            self._poll.unregister(descriptor)
            del self._open[descriptor]

    def _receive(self) -> bool:
        messages = self._kernel.receive()
        if messages is None:
            return False
        for message in messages:
            if "event" in message:
                self._drain()
                self._admit(message["event"])
                if message.get("acknowledge") is True:
                    self._kernel.send({"acknowledged": True})
            elif self._status is None:
                done = message.get("done")
                status = done.get("status") if isinstance(done, dict) else None
                if status not in ("ok", "error"):
                    raise FrameError("the end of an execution has no status")
                self._status = status
        return True

    def _admit(self, event: Any) -> None:
        """Record an event of the kernel after the text before it; an interrupt's is kept back."""
        admitted = self._filter.admit(event)
        if admitted is None:
            return
        if self._kill_at is not None and admitted.get("name") == "KeyboardInterrupt":
            self._interrupted_at = admitted
            return
        self._execution.record([*self._taken(all_of_it=True), admitted])

    def _drain(self) -> None:
        for stream in self._open.values():
            self._captures[stream].write(self._kernel.read_available(stream))

    def _taken(self, *, all_of_it: bool = False) -> list[dict[str, Any]]:
        now = time.monotonic()
        return [
            event
            for capture in self._captures.values()
            for event in capture.take(now, all_of_it=all_of_it)
        ]
