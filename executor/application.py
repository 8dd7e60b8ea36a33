"""The HTTP API v1 as a Flask application: who may call, what an error looks like, and the session's
own routes. Executions and files have their routes in modules of their own.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import Any

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from executor import execution_routes, file_routes
from executor.errors import ApiError
from executor.json_logging import log
from executor.session import Session

SOCKET_SECONDS = 60.0
"""A client that neither sends nor takes a byte for so long loses its connection, not our thread."""


def create_application(session: Session) -> Flask:
    """The API for one session."""
    application = Flask("executor", static_folder=None)
    application.url_map.merge_slashes = False
    application.json.sort_keys = False  # type: ignore[attr-defined]
    application.extensions["session"] = session
    application.before_request(_authorize)
    application.register_error_handler(ApiError, _answer_api_error)
    application.register_error_handler(HTTPException, _answer_http_error)
    application.register_error_handler(Exception, _answer_unexpected_error)
    application.add_url_rule("/health", view_func=health)
    application.add_url_rule("/session", view_func=describe_session)
    application.add_url_rule("/session/close", view_func=close_session, methods=["POST"])
    application.register_blueprint(execution_routes.routes)
    application.register_blueprint(file_routes.routes)
    return application


def current_session() -> Session:
    """The session of the running application."""
    session: Session = current_app.extensions["session"]
    return session


def _authorize() -> None:
    """First the session, then the token: a misrouted caller learns nothing and runs nothing."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(SOCKET_SECONDS)
    if request.path == "/health":
        return
    settings = current_session().settings
    named = request.headers.get("X-Session-Id", "")
    if not hmac.compare_digest(named.encode(), settings.session_id.encode()):
        raise ApiError(421, "wrong_session", "this executor serves another session")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    digest = hashlib.sha256(token.strip().encode()).hexdigest()
    expected = settings.session_token_sha256.lower()
    if not hmac.compare_digest(digest, expected) or scheme.lower() != "bearer":
        raise ApiError(401, "wrong_token", "the bearer token is missing or wrong")
    current_session().touch()


def health() -> tuple[Response, int]:
    """Whether this session takes work; never waits for the kernel."""
    session = current_session()
    status = "ok"
    if session.closing:
        status = "closing"
    elif not session.runner.available:
        status = "no_kernel"
    return jsonify(status=status), 200 if status == "ok" else 503


def describe_session() -> Response:
    """State, limits, versions, activity, executions and kernel."""
    return jsonify(current_session().describe())


def close_session() -> Response:
    """End the session; the process exits soon after the first answer."""
    session = current_session()
    answer = session.close()
    session.exit_soon()
    return jsonify(answer)


def _answer_api_error(error: ApiError) -> tuple[Response, int]:
    return _error(error.status, error.code, error.message)


def _answer_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status == 404:
        return _error(404, "no_such_route", "there is no such route; see docs/contracts.md")
    if status == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
        response, _ = _error(405, "wrong_method", f"this route takes {allowed}")
        response.headers["Allow"] = allowed
        return response, 405
    name = (error.name or "error").lower().replace(" ", "_")
    return _error(status, name, error.description or error.name)


def _answer_unexpected_error(error: Exception) -> tuple[Response, int]:
    log("request failed", level=logging.ERROR, exc_info=True, route=request.endpoint)
    kind = type(error).__name__
    return _error(500, "internal_error", f"the executor failed ({kind}); its log says where")


def _error(status: int, code: str, message: str) -> tuple[Response, int]:
    return jsonify(error={"code": code, "message": message}), status
