"""Refuses bodies that are too large or not JSON before the application sees them."""

import json
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_runtime.messages import BadRequestError


def error_response(error: BadRequestError) -> JSONResponse:
    """The answer to a request that cannot be served."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details:
        body["details"] = error.details
    return JSONResponse({"error": body}, status_code=error.status)


class RequestGuard:
    """ASGI middleware for `POST /invocations`: 413 and 400 in the form all our errors have."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body within its bound, check it, and hand it on."""
        if scope["type"] != "http" or scope["path"] != "/invocations" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
            _check_json(body)
        except BadRequestError as error:
            await error_response(error)(scope, receive, send)
            return
        handed_on = False

        async def replay() -> Message:
            nonlocal handed_on
            if handed_on:
                return await receive()
            handed_on = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._most_bytes:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BadRequestError("The request ended before its body did.")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._most_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> BadRequestError:
        return BadRequestError(
            f"The request is larger than {self._most_bytes} bytes; "
            "name data by its URI instead of sending it.",
            code="payload_too_large",
            status=413,
        )


def _check_json(body: bytes) -> None:
    try:
        json.loads(body)
    except UnicodeDecodeError:
        raise BadRequestError("The request body is not UTF-8.", code="invalid_json") from None
    except json.JSONDecodeError as error:
        raise BadRequestError(
            f"The request body is not JSON: {error.msg} at character {error.pos}.",
            code="invalid_json",
        ) from None
    except RecursionError:
        raise BadRequestError(
            "The request body is nested too deeply.", code="invalid_json"
        ) from None
