"""Routes of executions: start or attach, look up, interrupt."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from executor.errors import ApiError
from executor.event_stream import EventStream
from executor.execution import Work
from executor.request_body import read_object, text
from executor.session import Session

routes = Blueprint("executions", __name__)

ID_PATTERN = re.compile(r"[A-Za-z0-9._:-]{1,128}")
JSON_OVERHEAD_BYTES = 64 * 1024
JSON_ESCAPE_FACTOR = 6
"""A character of code takes at most this many bytes in JSON (`\\u0000`)."""


def _session() -> Session:
    session: Session = current_app.extensions["session"]
    return session


@routes.post("/executions")
def start_execution() -> Response:
    """Run code, or attach to the run of the same id, and stream its events as NDJSON."""
    session = _session()
    most = session.settings.limit_code_bytes * JSON_ESCAPE_FACTOR + JSON_OVERHEAD_BYTES
    body = read_object(most, ("id", "language", "code", "kernel", "timeout_seconds"))
    identity, language, code = text(body, "id"), text(body, "language"), text(body, "code")
    if not ID_PATTERN.fullmatch(identity):
        raise ApiError(400, "bad_id", "id must be 1 to 128 letters, digits or any of . _ : -")
    if language not in ("python", "bash"):
        raise ApiError(400, "bad_language", "language must be 'python' or 'bash'")
    kernel = body.get("kernel", "session")
    if kernel not in ("session", "fresh"):
        raise ApiError(400, "bad_kernel", "kernel must be 'session' or 'fresh'")
    _check_code(code, session.settings.limit_code_bytes)
    timeout = _timeout(body.get("timeout_seconds"), session.settings.limit_timeout_max_seconds)
    work = Work(language, code, kernel)
    return EventStream.respond(
        lambda: session.submit(identity, work, timeout).answer(session.settings.heartbeat_seconds)
    )


@routes.get("/executions/<identity>")
def get_execution(identity: str) -> Response:
    """Everything recorded of an execution."""
    return Response(_session().executions.get(identity).to_json(), mimetype="application/json")


@routes.post("/executions/<identity>/interrupt")
def interrupt_execution(identity: str) -> tuple[Response, int]:
    """Ask an execution to stop; it ends within the grace, and a finished one is left alone."""
    execution = _session().interrupt(identity)
    return jsonify(id=execution.id, status=execution.status), 202


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
