"""How a settings field says what infrastructure must know about its variable."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo

Conditions = tuple[Mapping[str, str], ...]
ALWAYS: Conditions = ({},)
OPTIONAL: Conditions = ()


@dataclass(frozen=True)
class VariableSpec:
    """One environment variable of the contract.

    `required_when` holds alternatives: the variable is required when all values of any one mapping
    are set so; no mapping means optional, an empty mapping always. `choices` lists the only values
    that are accepted, if there are few. `default` is what applies when the variable is unset.
    """

    name: str
    required_when: Conditions
    is_url: bool
    secret: bool
    description: str
    choices: tuple[str, ...]
    default: str | None

    def is_required(self, environ: Mapping[str, str]) -> bool:
        """Whether the variable must be set next to these others (defaults applied)."""
        return any(
            all(environ.get(name) == value for name, value in condition.items())
            for condition in self.required_when
        )


def variable(
    name: str,
    description: str,
    *,
    default: Any = None,
    required_when: Conditions = OPTIONAL,
    is_url: bool = False,
    secret: bool = False,
    **constraints: Any,
) -> Any:
    """A pydantic field that is read from the environment variable `name`."""
    return Field(
        default,
        alias=name,
        repr=not secret,
        description=description,
        json_schema_extra={
            "required_when": [dict(condition) for condition in required_when],
            "is_url": is_url,
            "secret": secret,
        },
        **constraints,
    )


def spec_of(field: FieldInfo) -> VariableSpec:
    """The contract's view of a field made by `variable`."""
    extra: Any = field.json_schema_extra
    default = field.default
    return VariableSpec(
        name=field.alias or "",
        required_when=tuple(extra["required_when"]),
        is_url=extra["is_url"],
        secret=extra["secret"],
        description=field.description or "",
        choices=_choices(field.annotation),
        default=None if default is None or default == () else str(default),
    )


def unknown_names(environ: Iterable[str], known: Iterable[str], prefix: str) -> list[str]:
    """A sentence for each variable with our prefix that is not known, with the likely name."""
    names = list(known)
    problems = []
    for name in sorted(environ):
        if not name.startswith(prefix) or name in names:
            continue
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
        hint = f"; did you mean {close[0]}?" if close else "."
        problems.append(f"{name} is not a known variable{hint}")
    return problems


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(value) for value in get_args(annotation))
    for part in get_args(annotation):
        if found := _choices(part):
            return found
    return ()
