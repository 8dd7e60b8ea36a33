"""Routes of executions: start or attach, look up, interrupt."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from executor.errors import ApiError
from executor.execution import Execution
from executor.session import Session

routes = Blueprint("executions", __name__)

MAX_STREAMS = 24
"""Event streams at once. It is less than the server's threads, so that `/health` always has one."""

ID_PATTERN = re.compile(r"[A-Za-z0-9._:-]{1,128}")
JSON_OVERHEAD_BYTES = 64 * 1024
DISCARDED_BYTES = 16 * 1024 * 1024
JSON_ESCAPE_FACTOR = 6
"""A character of code takes at most this many bytes in JSON (`\\u0000`)."""

_streams = threading.BoundedSemaphore(MAX_STREAMS)


def _session() -> Session:
    session: Session = current_app.extensions["session"]
    return session


@routes.post("/executions")
def start_execution() -> Response:
    """Run code, or attach to the run of the same id, and stream its events as NDJSON."""
    session = _session()
    body = _json_body(session.settings.limit_code_bytes)
    identity, language, code = _text(body, "id"), _text(body, "language"), _text(body, "code")
    if not ID_PATTERN.fullmatch(identity):
        raise ApiError(400, "bad_id", "id must be 1 to 128 letters, digits or any of . _ : -")
    if language not in ("python", "bash"):
        raise ApiError(400, "bad_language", "language must be 'python' or 'bash'")
    _check_code(code, session.settings.limit_code_bytes)
    timeout = _timeout(body.get("timeout_seconds"), session.settings.limit_timeout_max_seconds)
    if not _streams.acquire(blocking=False):
        raise ApiError(429, "too_many_streams", f"{MAX_STREAMS} event streams are open already")
    try:
        execution = session.submit(identity, language, code, timeout)
    except BaseException:
        _streams.release()
        raise
    return Response(
        EventStream(execution, session.settings.heartbeat_seconds),
        mimetype="application/x-ndjson",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        direct_passthrough=True,
    )


class EventStream:
    """The body of an answer: the events of an execution. `close` gives the stream's place back."""

    def __init__(self, execution: Execution, heartbeat_seconds: float) -> None:
        self._events = execution.stream(heartbeat_seconds)
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        """The encoded events."""
        return self._events

    def close(self) -> None:
        """End the stream, not the execution; called by the server when the answer is over."""
        if self._open:
            self._open = False
            _streams.release()


@routes.get("/executions/<identity>")
def get_execution(identity: str) -> Response:
    """Everything recorded of an execution."""
    return Response(_session().executions.get(identity).to_json(), mimetype="application/json")


@routes.post("/executions/<identity>/interrupt")
def interrupt_execution(identity: str) -> tuple[Response, int]:
    """Ask an execution to stop; it ends within the grace, and a finished one is left alone."""
    execution = _session().interrupt(identity)
    return jsonify(id=execution.id, status=execution.status), 202


def _json_body(code_bytes: int) -> dict[str, Any]:
    most = code_bytes * JSON_ESCAPE_FACTOR + JSON_OVERHEAD_BYTES
    data = request.stream.read(most + 1)
    if len(data) > most:
        request.stream.read(DISCARDED_BYTES)  # a client that is still sending sees no answer
        raise ApiError(413, "body_too_large", f"the body is larger than {most} bytes")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "bad_json", "the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise ApiError(400, "bad_json", "the body must be a JSON object")
    unknown = sorted(body.keys() - {"id", "language", "code", "timeout_seconds"})
    if unknown:
        raise ApiError(400, "unknown_field", f"the body has an unknown field {unknown[0]!r}")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ApiError(400, f"bad_{name}", f"{name} must be a string")
    return value


def _check_code(code: str, most: int) -> None:
    try:
        size = len(code.encode())
    except UnicodeEncodeError as error:
        raise ApiError(400, "bad_code", "code is not valid Unicode") from error
    if size > most:
        raise ApiError(413, "code_too_large", f"the code is {size} bytes; the limit is {most}")
    if "\0" in code:
        raise ApiError(400, "bad_code", "code holds a NUL character")


def _timeout(value: Any, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise ApiError(
            400, "bad_timeout", f"timeout_seconds must be a number above 0, at most {most:g}"
        )
    return float(value)
