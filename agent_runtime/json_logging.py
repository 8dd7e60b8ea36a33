"""Structured logs: one JSON object a line on standard error, never with data, code or prompts."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

LOGGER = logging.getLogger("agent_runtime")


class JsonFormatter(logging.Formatter):
    """Our own records with their fields; foreign ones by logger, level and exception type only.

    Foreign libraries put prompts and tool inputs in their messages, so their text is kept only
    from warnings of the web server, which has none.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON line."""
        own = record.name == LOGGER.name or record.name.startswith("uvicorn")
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if own else "library_message",
            **getattr(record, "fields", {}),
        }
        if not own:
            line["logger"] = record.name
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = type(record.exc_info[1]).__name__
            line["where"] = _origin(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging() -> None:
    """Send every log of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    for name in ("bedrock_agentcore.app", "uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(logging.WARNING)


def log(
    event: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any
) -> None:
    """Write one line about `event` with its fields; of an error only its type and place."""
    LOGGER.log(level, event, exc_info=error, extra={"fields": fields})


def _origin(error: BaseException) -> str:
    """Files and lines of the traceback, innermost last, without any text of the error."""
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return " ".join(places[-6:])
