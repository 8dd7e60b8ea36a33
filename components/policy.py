"""Policy documents as JSON text, from grants whose ARNs may still be unknown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.grant import Grant

VERSION = "2012-10-17"


def permission_policy(grants: Sequence[Grant]) -> pulumi.Output[str]:
    """The permission policy of a role: one statement per grant, in order.

    Raises:
        GrantError: a resource that becomes known turns out to be ``*`` (see `Grant`).
    """
    statements = [
        {
            "Sid": grant.sid,
            "Effect": "Allow",
            "Action": list(grant.actions),
            "Resource": list(grant.resources),
            **({"Condition": grant.conditions} if grant.conditions else {}),
        }
        for grant in grants
    ]

    def render(known: list[dict[str, Any]]) -> str:
        for grant, statement in zip(grants, known, strict=True):
            grant.check_resources(statement["Resource"])
        return json.dumps({"Version": VERSION, "Statement": known})

    return pulumi.Output.from_input(statements).apply(render)


def trust_policy(
    service: str, conditions: Mapping[str, Mapping[str, pulumi.Input[str]]] | None = None
) -> pulumi.Output[str]:
    """The trust policy of a role that one AWS service assumes."""
    statement: dict[str, Any] = {
        "Sid": "AssumedByService",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if conditions:
        statement["Condition"] = conditions
    return resource_policy([statement])


def resource_policy(statements: Sequence[Mapping[str, Any]]) -> pulumi.Output[str]:
    """A policy attached to a resource (a bucket, a topic, a VPC endpoint), as written."""
    return pulumi.Output.json_dumps({"Version": VERSION, "Statement": list(statements)})
