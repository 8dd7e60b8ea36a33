"""What a run of the program declared: resources, function calls and stack outputs."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

STACK_TYPE = "pulumi:pulumi:Stack"


class Unknown:
    """A value that only exists after the resource is created (previews hold such values)."""

    _only: Unknown | None = None

    def __new__(cls) -> Unknown:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN = Unknown()

Path = tuple[str | int, ...]
"""Where a value sits in a resource's inputs: keys and list positions."""


@dataclass(frozen=True)
class Resource:
    """One registration, as the engine would receive it.

    ``inputs`` are plain values: secrets are unwrapped and their places listed in ``secrets``.
    ``outputs`` are the emulated answers of the provider, ``id`` included. ``dependencies`` holds
    every URN the resource waits for; ``property_dependencies`` the URNs that each input's value
    comes from.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    secrets: frozenset[Path] = frozenset()
    dependencies: frozenset[str] = frozenset()
    property_dependencies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    before_delete: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The physical id that the emulated provider answered."""
        return str(self.outputs.get("id", ""))

    def text(self, key: str) -> str:
        """The input or output of that name as text; the output wins; empty when absent."""
        value = self.outputs.get(key, self.inputs.get(key))
        return "" if value is None else str(value)

    def masked_inputs(self) -> Any:
        """The inputs with every secret replaced, fit for a file or a terminal."""
        return mask(dict(self.inputs), self.secrets)


@dataclass(frozen=True)
class Invoke:
    """One provider function call."""

    token: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Recording:
    """A whole run. Mutations are copies: ``recording.change(...)`` never alters its source."""

    project: str
    stack: str
    region: str
    account: str
    resources: Mapping[str, Resource]
    configuration: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, Any] = field(default_factory=dict)
    secret_exports: frozenset[str] = frozenset()
    invokes: tuple[Invoke, ...] = ()
    component_outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def setting(self, key: str) -> Any:
        """A key of the project's configuration, JSON texts opened; ``None`` when it is not set."""
        text = self.configuration.get(f"{self.project}:{key}")
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these type tokens, ordered by URN."""
        return [
            self.resources[urn]
            for urn in sorted(self.resources)
            if self.resources[urn].type in types
        ]

    def one(self, type_: str, name_part: str = "") -> Resource:
        """The only resource of that type whose name holds ``name_part``.

        Raises:
            LookupError: None, or more than one.
        """
        found = [resource for resource in self.of_type(type_) if name_part in resource.name]
        if len(found) != 1:
            names = ", ".join(resource.name for resource in found) or "none"
            raise LookupError(f"expected one {type_} named *{name_part}*, found {names}")
        return found[0]

    def by_id(self, identifier: str) -> Resource | None:
        """The resource whose id or ARN is ``identifier``."""
        for resource in self.resources.values():
            if identifier and identifier in {resource.id, resource.outputs.get("arn")}:
                return resource
        return None

    def children(self, urn: str) -> list[Resource]:
        """The resources registered below ``urn``."""
        return [item for item in self.sorted() if item.parent == urn]

    def sorted(self) -> list[Resource]:
        """Every resource, ordered by URN."""
        return [self.resources[urn] for urn in sorted(self.resources)]

    def waits_for(self, urn: str) -> frozenset[str]:
        """Every URN that ``urn`` waits for, directly or through others, its parents' included."""
        seen: set[str] = set()
        open_ = [urn]
        while open_:
            current = open_.pop()
            resource = self.resources.get(current)
            if resource is None:
                continue
            for dependency in resource.dependencies - seen:
                seen.add(dependency)
                open_.append(dependency)
        return frozenset(seen)

    def change(self, urn: str, /, **changes: Any) -> Recording:
        """A copy in which one resource's fields are replaced."""
        resources = dict(self.resources)
        resources[urn] = replace(resources[urn], **changes)
        return replace(self, resources=resources)

    def change_inputs(self, urn: str, /, **inputs: Any) -> Recording:
        """A copy in which inputs of one resource are replaced; ``None`` removes one."""
        merged = copy.deepcopy(dict(self.resources[urn].inputs))
        merged.update(inputs)
        kept = {key: value for key, value in merged.items() if value is not None}
        outputs = {**self.resources[urn].outputs, **inputs}
        return self.change(urn, inputs=kept, outputs=outputs)

    def without(self, *urns: str) -> Recording:
        """A copy that lacks these resources."""
        kept = {urn: item for urn, item in self.resources.items() if urn not in urns}
        return replace(self, resources=kept)

    def adding(self, resource: Resource) -> Recording:
        """A copy with one more resource."""
        return replace(self, resources={**self.resources, resource.urn: resource})


def mask(value: Any, secrets: frozenset[Path], at: Path = ()) -> Any:
    """``value`` with the places in ``secrets`` replaced by ``[secret]``."""
    if at in secrets:
        return "[secret]"
    if isinstance(value, Mapping):
        return {key: mask(item, secrets, (*at, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item, secrets, (*at, index)) for index, item in enumerate(value)]
    return repr(value) if isinstance(value, Unknown) else value


def strings(value: Any, at: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text inside a value with its place; JSON texts are not opened."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(item, (*at, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from strings(item, (*at, index))


def document(value: Any) -> Any:
    """A JSON text opened, or the value itself when the program passed a structure.

    Raises:
        ValueError: The text is no JSON.
    """
    return json.loads(value) if isinstance(value, str) else value
