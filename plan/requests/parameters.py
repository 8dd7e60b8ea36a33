"""How a provider's inputs become an API's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plan.recording import Resource

Parameters = dict[str, Any]
Build = Callable[[Resource], Parameters]
Step = tuple[str, str, Build]
"""botocore's names of a service and an operation, and what builds its parameters."""

Steps = Mapping[str, tuple[Step, ...]]
"""The calls behind each type of resource, in order; the first one creates it."""


def pick(inputs: Mapping[str, Any], names: Mapping[str, str]) -> Parameters:
    """Parameters by the API's name from inputs by the provider's name; absent ones left out."""
    return {
        theirs: inputs[ours]
        for ours, theirs in names.items()
        if ours in inputs and inputs[ours] is not None
    }


def same(*names: str) -> dict[str, str]:
    """Names that the provider and the API share."""
    return {name: name for name in names}


def capital(*names: str) -> dict[str, str]:
    """Names that the API writes with a capital."""
    return {name: name[0].upper() + name[1:] for name in names}


def picking(names: Mapping[str, str]) -> Build:
    """A builder that renames inputs and does no more."""
    return lambda resource: pick(resource.inputs, names)


def capitalized(value: Any) -> Any:
    """A structure whose members the API writes with a capital, as S3 does."""
    if isinstance(value, Mapping):
        return {key[0].upper() + key[1:]: capitalized(item) for key, item in value.items()}
    return [capitalized(item) for item in value] if isinstance(value, list) else value


def pairs(tags: Any, key: str, value: str) -> list[dict[str, str]]:
    """A map as the list of pairs that older APIs want."""
    return [{key: str(name), value: str(text)} for name, text in (tags or {}).items()]
