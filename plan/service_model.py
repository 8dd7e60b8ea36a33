"""Checks values against the shapes of botocore's service models: keys, types, limits, patterns.

botocore itself checks types, required members and minimum lengths only; the models also hold
maximums, patterns and enumerations, which the services enforce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from plan.recording import Unknown


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def service_model(service: str) -> ServiceModel:
    """botocore's model of a service."""
    return _session().get_service_model(service)


def problems(service: str, operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """Everything in ``parameters`` that the operation's input shape does not admit."""
    shape = service_model(service).operation_model(operation).input_shape
    return [] if shape is None else list(_walk(shape, dict(parameters), ""))


def _walk(shape: Shape, value: Any, at: str) -> Iterator[str]:
    if isinstance(value, Unknown):
        return
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, at)
    elif isinstance(shape, ListShape):
        yield from _list(shape, value, at)
    elif isinstance(shape, MapShape):
        yield from _map(shape, value, at)
    else:
        yield from _scalar(shape, value, at)


def _structure(shape: StructureShape, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{at or shape.name} must be an object, it is {value!r}"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{_join(at, name)} is missing"
    if shape.metadata.get("union") and len(value) != 1:
        yield f"{at} must have exactly one member, it has {len(value)}"
    for name, item in value.items():
        if name not in shape.members:
            yield f"{_join(at, name)} is no member of {shape.name}"
        else:
            yield from _walk(shape.members[name], item, _join(at, name))


def _list(shape: ListShape, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at} must be a list, it is {value!r}"
        return
    yield from _size(shape, len(value), at, "entries")
    for index, item in enumerate(value):
        yield from _walk(shape.member, item, f"{at}[{index}]")


def _map(shape: MapShape, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{at} must be a map, it is {value!r}"
        return
    yield from _size(shape, len(value), at, "entries")
    for key, item in value.items():
        yield from _walk(shape.key, key, f"{at} key")
        yield from _walk(shape.value, item, _join(at, str(key)))


_PYTHON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "float": (int, float),
    "double": (int, float),
}


def _scalar(shape: Shape, value: Any, at: str) -> Iterator[str]:
    wanted = _PYTHON_TYPES.get(shape.type_name)
    if wanted and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
        yield f"{at} must be a {shape.type_name}, it is {value!r}"
        return
    if isinstance(value, str):
        yield from _size(shape, len(value), at, "characters")
        yield from _pattern(shape, value, at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is not None and value < low) or (high is not None and value > high):
            yield f"{at}={value} is not within {low} to {high}"


def _pattern(shape: Shape, value: str, at: str) -> Iterator[str]:
    choices = shape.metadata.get("enum")
    if choices and value not in choices:
        yield f"{at}={value!r} is none of {', '.join(choices[:8])}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"{at}={value[:80]!r} does not match {pattern[:80]}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    translated = re.sub(r"\\p\{[A-Z][a-z]?\}", r"\\w", pattern)
    try:
        return re.compile(translated, re.DOTALL)
    except re.error:
        return re.compile(".*", re.DOTALL)


def _size(shape: Shape, count: int, at: str, unit: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and count < low:
        yield f"{at} has {count} {unit}, at least {low} are needed"
    if high is not None and count > high:
        yield f"{at} has {count} {unit}, at most {high} are allowed"


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
