"""A mutant: a recorded failure brought back, and the steps that mutations are made of."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plan.platform import Platform
from plan.recording import Recording, Resource
from plan.roles import ROLE_POLICY, role_for

Mutation = Callable[[Recording], Recording]
Change = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Mutant:
    """One row of the table.

    ``failure`` is what happened, ``source`` where it is recorded, ``proof`` and ``rule`` what must
    find it again. ``stack`` and ``overrides`` say which program is mutated.
    """

    failure: str
    source: str
    proof: str
    rule: str
    mutate: Mutation
    stack: str = "dev"
    overrides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The test's id."""
        return f"{self.proof}-{self.rule}: {self.failure}"


def environment(recording: Recording, **changes: str | None) -> Recording:
    """The runtime's variables with some replaced; ``None`` takes one away."""
    runtime = Platform(recording).runtime
    values = {**runtime.inputs["environmentVariables"], **changes}
    kept = {key: value for key, value in values.items() if value is not None}
    return recording.change_inputs(runtime.urn, environmentVariables=kept)


def runtime(recording: Recording, **inputs: Any) -> Recording:
    """The runtime with inputs replaced."""
    return recording.change_inputs(Platform(recording).runtime.urn, **inputs)


def networking(recording: Recording, **changes: Any) -> Recording:
    """The runtime's network mode configuration with members replaced."""
    given = Platform(recording).runtime.inputs["networkConfiguration"]
    mode = {**given["networkModeConfig"], **changes}
    return runtime(recording, networkConfiguration={**given, "networkModeConfig": mode})


def container(recording: Recording, **changes: Any) -> Recording:
    """The executor's container definition with members replaced; ``None`` takes one away."""
    platform = Platform(recording)
    merged = {**platform.containers[0], **changes}
    definition = [{key: value for key, value in merged.items() if value is not None}]
    return recording.change_inputs(
        platform.task_definition.urn, containerDefinitions=json.dumps(definition)
    )


def inputs(recording: Recording, type_: str, part: str = "", /, **changes: Any) -> Recording:
    """The only resource of a type, or the one whose name holds ``part``, with inputs replaced."""
    return recording.change_inputs(recording.one(type_, part).urn, **changes)


def without(recording: Recording, type_: str, part: str = "") -> Recording:
    """A recording that lacks one resource."""
    return recording.without(recording.one(type_, part).urn)


def statements(recording: Recording, purpose: str, change: Change) -> Recording:
    """The statements of a role's policy, changed."""
    role = role_for(recording, purpose)
    assert role is not None
    keys = {role.resource.id, role.resource.text("name")}
    policy = next(p for p in recording.of_type(ROLE_POLICY) if p.inputs["role"] in keys)
    document = json.loads(policy.inputs["policy"])
    document["Statement"] = change(document["Statement"])
    return recording.change_inputs(policy.urn, policy=json.dumps(document))


def without_action(recording: Recording, purpose: str, action: str) -> Recording:
    """A role's policy without one action."""

    def change(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lessened = [
            {**item, "Action": [name for name in item["Action"] if name != action]}
            for item in found
        ]
        return [item for item in lessened if item["Action"]]

    return statements(recording, purpose, change)


def granting(
    recording: Recording, purpose: str, actions: list[str], resource: str, **more: Any
) -> Recording:
    """A role's policy with one more statement."""
    added = {"Sid": "Added", "Effect": "Allow", "Action": actions, "Resource": [resource], **more}
    return statements(recording, purpose, lambda found: [*found, added])


def changing(recording: Recording, purpose: str, action: str, **members: Any) -> Recording:
    """The statement that grants ``action`` with members replaced; ``None`` takes one away."""

    def change(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {k: v for k, v in {**item, **members}.items() if v is not None}
            if action in item["Action"]
            else item
            for item in found
        ]

    return statements(recording, purpose, change)


def rule(
    recording: Recording, *, group: str, egress: bool, peer: Mapping[str, str], port: int | None
) -> Recording:
    """A recording with one more security-group rule; no port means every protocol."""
    kind = "Egress" if egress else "Ingress"
    given: dict[str, Any] = {"securityGroupId": group, "ipProtocol": "tcp", **peer}
    if port is None:
        given["ipProtocol"] = "-1"
    else:
        given |= {"fromPort": port, "toPort": port}
    type_ = f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule"
    urn = f"urn:pulumi:dev::deep-insight::{type_}::added-rule"
    return recording.adding(
        Resource(urn, type_, "added-rule", "", True, given, {**given, "id": "sgr-added"})
    )
