"""The route of inputs: the server itself fetches a file that a caller granted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app

from executor.changes import WATCHED
from executor.errors import ApiError
from executor.event_stream import EventStream
from executor.grant_connection import GrantUrl
from executor.input_download import InputDownload
from executor.request_body import read_object, sha256_text, text
from executor.session import Session
from executor.workspace import parse_path

routes = Blueprint("inputs", __name__)

BODY_BYTES = 64 * 1024


@routes.post("/inputs")
def fetch_input() -> Response:
    """Download a file into `data/` (or back into `artifacts/`) and stream the progress."""
    session: Session = current_app.extensions["session"]
    if session.closing:
        raise ApiError(503, "closing", "the session is closing and takes no files")
    body = read_object(BODY_BYTES, ("path", "url", "size", "sha256"))
    parts = parse_path(text(body, "path"))
    if len(parts) < 2 or parts[0] not in WATCHED:
        raise ApiError(400, "bad_path", "the path is not below data/ or artifacts/")
    download = InputDownload(
        "/".join(parts),
        GrantUrl.parse(text(body, "url"), allow_http=session.settings.allow_http_grants),
        _size(body.get("size")),
        None if body.get("sha256") is None else sha256_text(body, "sha256"),
    )
    return EventStream.respond(
        lambda: session.inputs.submit(download).stream(session.settings.heartbeat_seconds)
    )


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ApiError(400, "bad_size", "size must be a whole number of bytes, 0 or more")
    return value
