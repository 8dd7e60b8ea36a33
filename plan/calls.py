"""The AWS calls that each part really makes, as data in one place (``calls.json``).

Each row is a botocore operation of one caller with one IAM action it needs; an operation that
needs several actions has several rows. The rows are written by hand; the tests of
sessions compare them with the calls they recorded (``recorded_calls.json``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

RUNTIME = "runtime"
EXECUTOR_START = "executor start"
FLOW_LOG = "flow log"
KEEPER = "keeper"

_FILE = Path(__file__).with_name("calls.json")


@dataclass(frozen=True)
class Call:
    """One operation of one caller.

    Attributes:
        caller: Who calls: the purpose of a role (:func:`plan.roles.roles`).
        service: botocore's service name.
        operation: botocore's operation name.
        action: The IAM action that is needed.
        target: What it is done to: an entry of :mod:`plan.call_targets`.
        endpoints: Short names of the VPC endpoints that the request goes through; none for a
            call that a service makes outside the VPC.
        why: What for, in words.
        context: Condition keys that the request carries.
        documented: AWS documents the action with such a resource although its own catalogue of
            actions lists none for it; the evaluator then skips the catalogue.
        when: Variables of the runtime's environment that must have these values, or the call is
            not made; ``*`` means any value.
    """

    caller: str
    service: str
    operation: str
    action: str
    target: str
    endpoints: tuple[str, ...]
    why: str
    context: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    documented: bool = False

    @property
    def name(self) -> str:
        """``caller: operation needs action on target``; unique in the table."""
        return f"{self.caller}: {self.operation} needs {self.action} on {self.target}"


@cache
def all_calls() -> tuple[Call, ...]:
    """Every row of the table."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["calls"]
    return tuple(Call(**{**row, "endpoints": tuple(row["endpoints"])}) for row in rows)


def _holds(value: str | None, wanted: str) -> bool:
    return bool(value) if wanted == "*" else value == wanted


def calls_of(environment: Mapping[str, str]) -> list[Call]:
    """The calls that a platform with this runtime environment makes."""
    return [
        call
        for call in all_calls()
        if all(_holds(environment.get(key), value) for key, value in call.when.items())
    ]
