"""Reads small JSON bodies of requests, and checks what is in them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from flask import request

from executor.errors import ApiError

DISCARDED_BYTES = 16 * 1024 * 1024


def read_object(most_bytes: int, fields: Collection[str]) -> dict[str, Any]:
    """The body as a JSON object that has no other than these `fields`.

    Raises `ApiError` 413 for a body larger than `most_bytes` and 400 for one of another form.
    """
    data = request.stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        request.stream.read(DISCARDED_BYTES)  # a client that is still sending sees no answer
        raise ApiError(413, "body_too_large", f"the body is larger than {most_bytes} bytes")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "bad_json", "the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise ApiError(400, "bad_json", "the body must be a JSON object")
    unknown = sorted(body.keys() - set(fields))
    if unknown:
        raise ApiError(400, "unknown_field", f"the body has an unknown field {unknown[0]!r}")
    return body


def text(body: dict[str, Any], name: str) -> str:
    """A field that must be a string."""
    value = body.get(name)
    if not isinstance(value, str):
        raise ApiError(400, f"bad_{name}", f"{name} must be a string")
    return value


def sha256_text(body: dict[str, Any], name: str) -> str:
    """A field that must be a SHA-256 in hex; in lower case."""
    value = text(body, name).strip().lower()
    if len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ApiError(400, f"bad_{name}", f"{name} must be a SHA-256 as 64 hex digits")
    return value


def positive_number(body: dict[str, Any], name: str) -> float:
    """A field that must be a finite number above 0."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise ApiError(400, f"bad_{name}", f"{name} must be a number above 0")
    return float(value)
