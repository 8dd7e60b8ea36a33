"""Keeps what an execution prints on one stream within a byte limit: the first half and the last
half.

The first half goes out as it arrives. After that only the newest bytes are held, and at the end
they are given with the number of bytes left out before them. Memory stays within the limit however
much is printed.
"""

from __future__ import annotations

from collections import deque
from typing import Any

PROMPT_EVENTS = 64
"""So many text events are made as soon as there is text; later ones are gathered."""

GATHER_BYTES = 64 * 1024
EVENTS_PER_SECOND = 2000
MAX_GATHER_SECONDS = 1.0
"""Later events wait for `GATHER_BYTES` or for (events so far / EVENTS_PER_SECOND) seconds, at most
this.
"""


def complete_utf8(data: bytes | bytearray) -> int:
    """How many bytes of `data` come before a UTF-8 character that is cut off at its end."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return len(data) - back if length > back else len(data)
    return len(data)


def _rest_of_character(data: bytes) -> int:
    """How many bytes at the start of `data` belong to a character that was cut off before it."""
    return next((i for i, byte in enumerate(data) if byte & 0xC0 != 0x80), len(data))


class OutputCapture:
    """The bytes of one stream of one execution; makes `stdout` or `stderr` events of them."""

    def __init__(self, stream: str, limit_bytes: int) -> None:
        self._stream = stream
        self._head_room = limit_bytes // 2
        self._tail_limit = limit_bytes - limit_bytes // 2
        self._pending = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._dropped = 0
        self._events = 0
        self._last_event_at = 0.0

    def write(self, data: bytes) -> None:
        """Add what was read from the stream."""
        if self._head_room:
            head = data[: self._head_room]
            self._pending += head
            self._head_room -= len(head)
            data = data[len(head) :]
            if not self._head_room:
                end = complete_utf8(self._pending)
                self._tail_limit += len(self._pending) - end
                data = bytes(self._pending[end:]) + data
                del self._pending[end:]
        if data:
            self._keep_in_tail(data)

    def _keep_in_tail(self, data: bytes) -> None:
        if len(data) >= self._tail_limit:
            self._dropped += self._tail_bytes
            self._tail.clear()
            self._tail_bytes = 0
        self._tail.append(data)
        self._tail_bytes += len(data)
        while self._tail_bytes - len(self._tail[0]) >= self._tail_limit:
            oldest = len(self._tail.popleft())
            self._tail_bytes -= oldest
            self._dropped += oldest
        if len(self._tail) > 4096:
            joined = b"".join(self._tail)
            self._tail.clear()
            self._tail.append(joined)

    def due_in(self, now: float) -> float | None:
        """Seconds until `take` has something to give, 0 for now, None while there is nothing."""
        if not self._pending or complete_utf8(self._pending) == 0:
            return None
        if self._events < PROMPT_EVENTS or len(self._pending) >= GATHER_BYTES:
            return 0.0
        gather = min(self._events / EVENTS_PER_SECOND, MAX_GATHER_SECONDS)
        return max(0.0, self._last_event_at + gather - now)

    def take(self, now: float, *, all_of_it: bool = False) -> list[dict[str, Any]]:
        """The event of the gathered text, if it is due or `all_of_it` is wanted."""
        due = self.due_in(now)
        if due is None or (due > 0 and not all_of_it):
            return []
        end = complete_utf8(self._pending)
        text = self._pending[:end].decode("utf-8", "replace")
        del self._pending[:end]
        self._events += 1
        self._last_event_at = now
        return [{"type": self._stream, "text": text}]

    def finish(self) -> list[dict[str, Any]]:
        """The last events of the stream: gathered text, then the tail with what was left out."""
        events = []
        if self._pending:
            text = self._pending.decode("utf-8", "replace")
            events.append({"type": self._stream, "text": text})
            self._pending.clear()
        if self._tail:
            tail = b"".join(self._tail)
            start = max(0, len(tail) - self._tail_limit)
            if self._dropped + start:
                start += _rest_of_character(tail[start : start + 3])
            event: dict[str, Any] = {
                "type": self._stream,
                "text": tail[start:].decode("utf-8", "replace"),
            }
            if self._dropped + start:
                event["dropped_bytes"] = self._dropped + start
            events.append(event)
            self._tail.clear()
        return events
