"""Checks what a kernel sends before any of it is recorded: user code can write to that socket
too.
"""

from __future__ import annotations

from typing import Any

from executor.frames import FrameError

DISPLAY_BYTES = 16 * 1024 * 1024
"""Displays and results kept per execution; what goes beyond is left out and said at the end."""

EVENT_OVERHEAD_BYTES = 1024
"""Counted for each display beside its data, so that their number is bounded too."""

MAX_ERROR_EVENTS = 16
MAX_TEXT = 64 * 1024


class EventFilter:
    """Admits the well-formed events of one execution, within its budget."""

    def __init__(self) -> None:
        self._room = DISPLAY_BYTES
        self._errors = 0
        self._left_out = 0
        self._left_out_bytes = 0

    def admit(self, event: Any) -> dict[str, Any] | None:
        """The event as it may be recorded, None when it is left out. Raises `FrameError`."""
        if not isinstance(event, dict):
            raise FrameError("an event is not an object")
        kind = event.get("type")
        if kind in ("display", "result"):
            return self._admit_display(kind, event.get("data"))
        if kind == "error":
            return self._admit_error(event)
        raise FrameError("an event has an unknown type")

    def _admit_display(self, kind: str, data: Any) -> dict[str, Any] | None:
        if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):
            raise FrameError("a display is not a bundle of texts")
        size = EVENT_OVERHEAD_BYTES + sum(len(mime) + len(data[mime]) for mime in data)
        if size > self._room:
            self._left_out += 1
            self._left_out_bytes += size
            return None
        self._room -= size
        return {"type": kind, "data": data}

    def _admit_error(self, event: dict[str, Any]) -> dict[str, Any] | None:
        line = event.get("line")
        if line is not None and (not isinstance(line, int) or isinstance(line, bool)):
            raise FrameError("the line of an error is not a number")
        self._errors += 1
        if self._errors > MAX_ERROR_EVENTS:
            return None
        texts = {name: str(event.get(name, ""))[:MAX_TEXT] for name in ("name", "message")}
        traceback = str(event.get("traceback", ""))[:MAX_TEXT]
        return {"type": "error", **texts, "line": line, "traceback": traceback}

    def finish(self) -> list[dict[str, Any]]:
        """One `stderr` event about what was left out, if anything was."""
        if not self._left_out:
            return []
        text = (
            f"[{self._left_out} displays of {self._left_out_bytes} bytes were left out: "
            f"an execution may show {DISPLAY_BYTES} bytes]\n"
        )
        return [{"type": "stderr", "text": text}]
