"""A grant: one statement of an IAM policy, with named resources."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*")
SID = re.compile(r"[A-Za-z0-9]{1,100}")

# Actions that IAM evaluates against "*" only, with the reason. Source: the "Resource types" column
# of the Service Authorization Reference, which is empty for each of them (2026-11).
UNSCOPED_ACTIONS: Mapping[str, str] = {
    "ecr:GetAuthorizationToken": "the token is for the whole registry, no repository is named",
    "elasticloadbalancing:DescribeTargetHealth": "Describe actions name no resource",
    "ecs:ListTasks": "tasks are listed by cluster; narrow it with ecs:cluster",
    "xray:PutTraceSegments": "segments belong to no resource",
    "xray:PutTelemetryRecords": "records belong to no resource",
    "xray:GetSamplingRules": "rules are read as a whole",
    "xray:GetSamplingTargets": "targets are read as a whole",
    "cloudwatch:PutMetricData": "metrics have no ARN; narrow it with cloudwatch:namespace",
}


class GrantError(ValueError):
    """A statement that gives more than named things, or that IAM would reject."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Actions on named resources.

    ``resources`` are ARNs; ``*`` is refused unless every action is one of `UNSCOPED_ACTIONS`.

    Raises:
        GrantError: a malformed Sid or action, a wildcard action, or ``*`` without need.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not SID.fullmatch(self.sid):
            raise GrantError(f"Statement id {self.sid!r}: use letters and digits only.")
        for action in self.actions:
            if not ACTION.fullmatch(action):
                raise GrantError(
                    f"{self.sid}: {action!r} is not one action; write service:Action, "
                    "without a wildcard."
                )
        if not self.actions or not self.resources:
            raise GrantError(f"{self.sid}: name at least one action and one resource.")
        self.check_resources([r for r in self.resources if isinstance(r, str)])

    def check_resources(self, resources: Sequence[str]) -> None:
        """Refuse ``*`` among resolved resources (Outputs are checked once they are known)."""
        scoped = [action for action in self.actions if action not in UNSCOPED_ACTIONS]
        if "*" in resources and scoped:
            raise GrantError(
                f"{self.sid}: {', '.join(scoped)} on '*'; these actions support resource-level "
                "permissions, so name the ARNs."
            )
