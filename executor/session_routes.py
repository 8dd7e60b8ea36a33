"""Routes of the session itself: health, state, claim, grants of uploads, close."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from executor.errors import ApiError
from executor.request_body import positive_number, read_object, sha256_text, text
from executor.session import Session
from executor.upload_grant import UploadGrant

routes = Blueprint("session", __name__)

CLAIM_BYTES = 4096
GRANT_BYTES = 64 * 1024


def _session() -> Session:
    session: Session = current_app.extensions["session"]
    return session


@routes.get("/health")
def health() -> tuple[Response, int]:
    """Whether this session takes work; never waits for the kernel."""
    session = _session()
    status = "ok"
    if session.closing:
        status = "closing"
    elif not session.runner.available:
        status = "no_kernel"
    return jsonify(status=status), 200 if status == "ok" else 503


@routes.get("/session")
def describe_session() -> Response:
    """State, limits, versions, activity, executions, uploads and kernel."""
    return jsonify(_session().describe())


@routes.post("/session/claim")
def claim_session() -> Response:
    """Give a waiting executor its session, once."""
    body = read_object(CLAIM_BYTES, ("session_id", "token_sha256"))
    session = _session()
    session.claim(text(body, "session_id"), sha256_text(body, "token_sha256"))
    return jsonify(session_id=session.identity.session_id, state="open")


@routes.put("/session/uploads")
def grant_uploads() -> Response:
    """Take the form by which artifacts leave; it replaces the one before."""
    body = read_object(GRANT_BYTES, ("url", "fields", "key_prefix", "expires_in_seconds"))
    session = _session()
    storage = session.object_storage
    if storage is None:
        raise ApiError(
            409, "other_sink", "artifacts go to ARTIFACT_SINK; unset it to grant uploads"
        )
    grant = UploadGrant.parse(
        text(body, "url"),
        _form_fields(body.get("fields")),
        text(body, "key_prefix"),
        positive_number(body, "expires_in_seconds"),
        allow_http=session.settings.allow_http_grants,
    )
    storage.replace_grant(grant)
    session.sink.resume()
    return jsonify(uploads=session.describe_uploads())


def _form_fields(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ApiError(400, "bad_fields", "fields must be an object of strings")
    return value


@routes.post("/session/close")
def close_session() -> Response:
    """End the session; the process exits soon after the first answer."""
    session = _session()
    answer = session.close()
    session.exit_soon()
    return jsonify(answer)
