"""A binding: the one value that carries everything a user of a component needs.

A component that can be used offers bindings; a consumer takes ``uses=[...]`` and turns each part
into its own resources. Nothing else writes an environment variable, a grant or a rule, so a
consumer can neither forget one part nor invent another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pulumi

from components.grant import Grant


class BindingError(ValueError):
    """A binding, or a combination of bindings, that cannot work. The message says the way out."""


@dataclass(frozen=True, kw_only=True)
class PortReach:
    """A TCP port of whatever carries a security group. ``peer`` names it in rules."""

    peer: str
    security_group_id: pulumi.Input[str]
    port: int

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise BindingError(f"{self.peer}: port {self.port} is not within 1-65535.")


@dataclass(frozen=True, kw_only=True)
class ServiceReach:
    """An AWS service through its VPC endpoint, by the endpoint's short name (``ecr.api``)."""

    service: str


@dataclass(frozen=True, kw_only=True)
class InternetReach:
    """A TCP port of any address of the internet; ``reason`` is written into the rule."""

    reason: str
    port: int = 443


Reach: TypeAlias = PortReach | ServiceReach | InternetReach


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What a user of ``provider`` gets.

    environment: variable -> value. secrets: variable -> ARN of the secret that holds the value.
    grants: rights of the user's role. reach: where the user's security group may connect to.
    ready: what must exist before the user starts.
    """

    provider: str
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    grants: Sequence[Grant] = ()
    reach: Sequence[Reach] = ()
    ready: Sequence[pulumi.Resource] = ()


def merge(bindings: Sequence[Binding], *, consumer: str) -> Binding:
    """All bindings of one consumer as one.

    Raises:
        BindingError: two bindings claim one variable, or name one policy statement.
    """
    variables: dict[str, str] = {}
    statements: dict[str, str] = {}
    for binding in bindings:
        for variable in (*binding.environment, *binding.secrets):
            _claim(variables, variable, binding.provider, consumer, "environment variable")
        for grant in binding.grants:
            _claim(statements, grant.sid, binding.provider, consumer, "policy statement")
    return Binding(
        provider=consumer,
        environment={k: v for b in bindings for k, v in b.environment.items()},
        secrets={k: v for b in bindings for k, v in b.secrets.items()},
        grants=tuple(g for b in bindings for g in b.grants),
        reach=_distinct(r for b in bindings for r in b.reach),
        ready=tuple({id(r): r for b in bindings for r in b.ready}.values()),
    )


def _claim(owners: dict[str, str], key: str, owner: str, consumer: str, kind: str) -> None:
    if key in owners:
        raise BindingError(
            f"{consumer}: the {kind} {key} is claimed by {owners[key]} and by {owner}; "
            "leave one of the two out of uses, or give it another name where it is offered."
        )
    owners[key] = owner


def _distinct(reach: Iterable[Reach]) -> tuple[Reach, ...]:
    seen: dict[tuple[str, ...], Reach] = {}
    for item in reach:
        match item:
            case PortReach():
                seen.setdefault(("port", item.peer, str(item.port)), item)
            case ServiceReach():
                seen.setdefault(("service", item.service), item)
            case InternetReach():
                seen.setdefault(("internet", str(item.port)), item)
    return tuple(seen.values())
