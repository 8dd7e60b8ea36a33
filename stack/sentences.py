"""What the types of a configuration refuse, in the words of its user."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from stack.problem import cut, shown

# The pattern of an id of AWS: what kind of thing it is of, and hexadecimal digits.
_ID = re.compile(r"\^([a-z]+-)\[0-9a-f\]")
KINDS: Mapping[str, str] = {
    "bool": "true or false",
    "int": "a whole number",
    "list": "a list",
    "tuple": "a list",
    "dict": "a map",
    "model": "a map",
    "string": "text",
}


def sentence(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """One line about one error of validating `model`: where, what, and the way out."""
    path = [cut(str(part)) for part in detail["loc"]]
    where = ".".join(path)
    if detail["type"] == "missing":
        return f"{where}: it is missing; add it to {'.'.join(path[:-1]) or 'the configuration'}"
    return f"{where}: {shown(detail['input'])}: {_way_out(detail, model)}"


def _way_out(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind = detail["type"].split("_")[0]
    if kind in KINDS and detail["type"].endswith(("_type", "_parsing")):
        return f"write {KINDS[kind]}"
    if detail["type"] == "extra_forbidden":
        return f"there is no such entry; the entries are {', '.join(_entries(detail, model))}"
    if prefix := _ID.match(str(detail.get("ctx", {}).get("pattern", ""))):
        return f"write an id like {prefix[1]}0123456789abcdef0"
    message = str(detail["msg"])
    return message[:1].lower() + message[1:]


def _entries(detail: ErrorDetails, model: type[BaseModel]) -> list[str]:
    """The entries of the map that the error is in."""
    holder = model
    for part in detail["loc"][:-1]:
        field = next((f for f in holder.model_fields.values() if f.alias == part), None)
        holder = next(_models(field.annotation), holder) if field else holder
    return [field.alias or name for name, field in holder.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
