"""Structured logs: one JSON object a line on standard error.

A line carries `time` (ISO 8601, UTC), `level`, `event` and what the caller passed as
`extra={"fields": {...}}`. Code, data, tokens and file contents are never logged.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

logger = logging.getLogger("executor")


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON line; `session_id` is on every line."""

    def __init__(self, session_id: str) -> None:
        super().__init__()
        self._session_id = session_id

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, with the type and place of an exception but not its text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "session_id": self._session_id,
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = type(record.exc_info[1]).__name__
            line["where"] = _origin(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _origin(error: BaseException) -> str:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "unknown"
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"


def configure_logging(session_id: str) -> None:
    """Send everything that this process logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(session_id))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("gunicorn.error").setLevel(logging.WARNING)


def log(event: str, *, level: int = logging.INFO, exc_info: bool = False, **fields: Any) -> None:
    """Write one line about `event` (a few words, the same ones every time) with its fields."""
    logger.log(level, event, exc_info=exc_info, extra={"fields": fields})
