"""The record of a job: numbered events that any number of readers follow from any number.

Events stay in memory for as long as the session is remembered, and every one of them can be
replayed. What is bounded is their number: once `limit` events are recorded, `execution_output` (the
only type that code can produce without end) is no longer recorded, and one `progress` event says
so. All other types are bounded by the limits of the workflow.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from agent_runtime.events import Event, ExecutionOutput, Progress, Terminal
from agent_runtime.json_logging import log


class EventLog:
    """Thread-safe: the job writes from its own thread, readers wait in any event loop."""

    def __init__(self, session_id: str, *, limit: int, file: Path | None = None) -> None:
        """`file`: every event is also appended there as a line of JSON."""
        self._session_id = session_id
        self._limit = limit
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._wakers: set[Callable[[], None]] = set()
        self._terminal: Event | None = None
        self._shown = 0
        self._last_append = time.monotonic()
        self._truncated = False
        self._file: IO[str] | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("w", encoding="utf-8")

    @property
    def terminal(self) -> Event | None:
        """The terminal event, once readers see it."""
        return self._terminal if self._shown == len(self._events) else None

    @property
    def last_seq(self) -> int:
        """Number of the newest event that readers see; 0 before the first."""
        return self._shown

    @property
    def silence(self) -> float:
        """Seconds since the newest event."""
        return time.monotonic() - self._last_append

    def append(self, event: Event) -> bool:
        """Number, stamp and record an event; False when the job has ended and it is too late."""
        if isinstance(event, Terminal):
            sealed = self.seal(event)
            self.reveal()
            return sealed
        with self._lock:
            if self._terminal is not None:
                return False
            if isinstance(event, ExecutionOutput) and len(self._events) >= self._limit:
                if self._truncated:
                    return True
                self._truncated = True
                event = Progress(
                    phase="output_truncated",
                    message="Output of code is no longer shown: the event limit is reached.",
                )
            self._record(event)
            self._shown = len(self._events)
        self._wake()
        return True

    def seal(self, terminal: Terminal) -> bool:
        """Record the terminal event, the first one only, without showing it before `reveal`."""
        with self._lock:
            if self._terminal is not None:
                return False
            self._record(terminal)
            return True

    def reveal(self) -> None:
        """Show readers the sealed terminal event."""
        with self._lock:
            self._shown = len(self._events)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def lines(self) -> str:
        """Every event as a line of JSON, a sealed one included."""
        with self._lock:
            events = list(self._events)
        return "".join(event.model_dump_json(exclude_none=True) + "\n" for event in events)

    def _record(self, event: Event) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        stamped = event.model_copy(
            update={"seq": len(self._events) + 1, "time": now, "session_id": self._session_id}
        )
        self._events.append(stamped)
        self._last_append = time.monotonic()
        if isinstance(stamped, Terminal):
            self._terminal = stamped
        self._write(stamped)

    def _write(self, event: Event) -> None:
        """Append to the file; a full disk ends the file and not the job."""
        if self._file is None:
            return
        try:
            self._file.write(event.model_dump_json(exclude_none=True) + "\n")
            self._file.flush()
            if self._terminal is not None:
                self._file.close()
        except OSError as error:
            log("events_file_failed", error=error, session_id=self._session_id)
            self._file = None

    async def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """Events after number `after`, each once and in order, up to the terminal event."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the reader's loop is closed already
                loop.call_soon_threadsafe(changed.set)

        with self._lock:
            self._wakers.add(wake)
        try:
            while True:
                changed.clear()
                batch, ended = self._events[after : self._shown], self.terminal is not None
                for event in batch:
                    yield event
                after += len(batch)
                if ended and after >= self._shown:
                    return
                if not batch:
                    await changed.wait()
        finally:
            with self._lock:
                self._wakers.discard(wake)
