"""Which output of which resource a value comes from.

The emulated provider marks every computed value with its resource's own digits, so a value that
occurs inside another text (a URL, a policy's JSON) still tells its source.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plan.recording import Recording, strings

_SHORTEST_MARKED_TEXT = 8


@dataclass(frozen=True)
class Source:
    """An output of a resource."""

    urn: str
    type: str
    name: str
    output: str

    def __str__(self) -> str:
        return f"{self.name}.{self.output}"


class Provenance:
    """The outputs of a recording by value."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    @cached_property
    def _by_value(self) -> dict[str, list[Source]]:
        found: dict[str, list[Source]] = defaultdict(list)
        for resource in self.recording.sorted():
            for path, text in strings(dict(resource.outputs)):
                output = str(path[0])
                if output in {"tags", "tagsAll"} or resource.property_dependencies.get(output):
                    continue
                computed = output == "id" or resource.inputs.get(output) != resource.outputs[output]
                named = output in {"bucket", "name", "family", "agentRuntimeName", "policyName"}
                if len(text) >= _SHORTEST_MARKED_TEXT and (computed or named):
                    source = Source(resource.urn, resource.type, resource.name, output)
                    found[text].append(source)
        return found

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self._by_value, key=len, reverse=True)

    def sources(self, text: str) -> list[Source]:
        """Every output that occurs in ``text``, longest first, none inside a longer one."""
        exact = self._by_value.get(text)
        if exact:
            return exact
        rest = text
        found: list[Source] = []
        for value in self._longest_first:
            if value in rest:
                found.extend(self._by_value[value])
                rest = rest.replace(value, "\0")
        return found

    def describe(self, value: Any) -> str:
        """Where a value comes from, for people: ``alb.dnsName``, or ``set in the program``."""
        outputs: dict[str, str] = {}
        for _path, text in strings(value):
            for source in self.sources(text):
                if outputs.get(source.name, "id") == "id":
                    outputs[source.name] = source.output
        labels = [f"{name}.{output}" for name, output in outputs.items()]
        return " + ".join(labels) if labels else "set in the program"
