"""The HTTP API v1 as a Flask application: who may call, what an error looks like, and the session's
own routes. Executions and files have their routes in modules of their own.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from executor import execution_routes, file_routes, input_routes, session_routes
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
    application.register_blueprint(session_routes.routes)
    application.register_blueprint(execution_routes.routes)
    application.register_blueprint(file_routes.routes)
    application.register_blueprint(input_routes.routes)
    return application


def _authorize() -> None:
    """First the session, then the token: a misrouted caller learns nothing and runs nothing."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(SOCKET_SECONDS)
    if request.path == "/health":
        return
    session: Session = current_app.extensions["session"]
    named = request.headers.get("X-Session-Id", "")
    authorization = request.headers.get("Authorization", "")
    if request.path == "/session/claim":
        session.identity.authorize_claim(named, authorization)
        return
    session.identity.authorize(named, authorization)
    if session.identity.unclaimed and request.path != "/session":
        raise ApiError(409, "unclaimed", "this executor waits for POST /session/claim")
    session.touch()


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
