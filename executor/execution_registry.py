"""All executions of the session: idempotent on their id, first in first out, bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from executor.errors import ApiError
from executor.execution import Execution, Work


class ExecutionRegistry:
    """Admits executions, hands them to the one runner in order, and remembers every id.

    `wake` is called after something was queued. Events of finished executions are kept up to
    `recorded_bytes` in all, the newest always; an id whose events are gone is answered with 410 and
    never runs again.
    """

    def __init__(self, queue_limit: int, recorded_bytes: int, wake: Callable[[], None]) -> None:
        self._queue_limit = queue_limit
        self._recorded_limit = recorded_bytes
        self._wake = wake
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Execution] = OrderedDict()
        self._forgotten: dict[str, bytes] = {}
        self._waiting: deque[Execution] = deque()
        self._running: Execution | None = None
        self._recorded_bytes = 0
        self._closed = False

    def submit(self, identity: str, work: Work, timeout_seconds: float) -> Execution:
        """The execution of this id: a new one, or the earlier one when the code is the same.

        Raises `ApiError` 409 (other code), 410 (forgotten), 429 (queue full) or 503 (closing).
        """
        with self._lock:
            known = self._known.get(identity)
            digest = known.digest if known else self._forgotten.get(identity)
            if digest is not None and digest != work.digest():
                raise ApiError(409, "id_conflict", "this id was used for other code; use a new id")
            if known is not None:
                return known
            if digest is not None:
                raise _gone()
            if self._closed:
                raise ApiError(503, "closing", "the session is closing and takes no new work")
            ahead = len(self._waiting) + (self._running is not None)
            if len(self._waiting) >= self._queue_limit and ahead:
                raise ApiError(
                    429, "queue_full", f"{len(self._waiting)} executions wait already; try later"
                )
            execution = Execution(identity, work, timeout_seconds)
            execution.queue(ahead)
            self._known[identity] = execution
            self._waiting.append(execution)
        self._wake()
        return execution

    def get(self, identity: str) -> Execution:
        """The execution of this id; raises `ApiError` 404 or 410."""
        with self._lock:
            known = self._known.get(identity)
            if known is not None:
                return known
            if identity in self._forgotten:
                raise _gone()
        raise ApiError(404, "unknown_execution", "there is no execution of this id")

    def take_next(self) -> Execution | None:
        """For the runner: the next execution, None when nothing waits."""
        with self._lock:
            self._running = self._waiting.popleft() if self._waiting else None
            return self._running

    def finished(self, execution: Execution) -> None:
        """For the runner: the execution has ended; forget the oldest events beyond the bound."""
        with self._lock:
            if self._running is execution:
                self._running = None
            self._recorded_bytes += execution.recorded_bytes
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        while self._recorded_bytes > self._recorded_limit:
            oldest = next((e for e in self._known.values() if e.finished), None)
            if oldest is None or oldest is next(reversed(self._known.values())):
                return
            del self._known[oldest.id]
            self._forgotten[oldest.id] = oldest.digest
            self._recorded_bytes -= oldest.recorded_bytes

    def withdraw(self, execution: Execution) -> bool:
        """Take a waiting execution out of the queue and finish it as interrupted."""
        with self._lock:
            if execution not in self._waiting:
                return False
            self._waiting.remove(execution)
        execution.finish("interrupted", [])
        with self._lock:
            self._recorded_bytes += execution.recorded_bytes
        return True

    def close(self) -> Execution | None:
        """Admit nothing more, interrupt what waits; returns the running execution, if any."""
        with self._lock:
            self._closed = True
            waiting, running = list(self._waiting), self._running
        for execution in waiting:
            self.withdraw(execution)
        return running

    def counts(self) -> dict[str, int]:
        """How many executions there have been, wait and run."""
        with self._lock:
            return {
                "total": len(self._known) + len(self._forgotten),
                "queued": len(self._waiting),
                "running": int(self._running is not None),
            }


def _gone() -> ApiError:
    return ApiError(
        410, "execution_forgotten", "this execution ran; its events were dropped to save memory"
    )
