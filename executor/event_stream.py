"""Answers that are streams of events, at most `MAX_STREAMS` at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from flask import Response

from executor.errors import ApiError

MAX_STREAMS = 24
"""Event streams at once. It is less than the server's threads, so that `/health` always has one."""

HEADERS = {
    "Content-Type": "application/x-ndjson",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}

_streams = threading.BoundedSemaphore(MAX_STREAMS)


class EventStream:
    """The body of an answer: encoded events. `close` gives the stream's place back."""

    def __init__(self, events: Iterator[bytes]) -> None:
        self._events = events
        self._open = True

    @classmethod
    def respond(cls, begin: Callable[[], bytes | Iterator[bytes]]) -> Response:
        """An NDJSON answer with the events that `begin` starts, or has all of already.

        Raises `ApiError` 429 when there are `MAX_STREAMS` already, without calling `begin`.
        """
        if not _streams.acquire(blocking=False):
            raise ApiError(429, "too_many_streams", f"{MAX_STREAMS} event streams are open already")
        try:
            events = begin()
        except BaseException:
            _streams.release()
            raise
        if isinstance(events, bytes):
            _streams.release()
            return Response(events, headers=HEADERS)
        return Response(cls(events), headers=HEADERS, direct_passthrough=True)

    def __iter__(self) -> Iterator[bytes]:
        """The encoded events."""
        return self._events

    def close(self) -> None:
        """End the stream, not what it tells of; called by the server when the answer is over."""
        if self._open:
            self._open = False
            _streams.release()
