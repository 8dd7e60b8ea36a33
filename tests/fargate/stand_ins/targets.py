"""Targets of the account's target groups, and their health as load balancer nodes see it.

moto keeps the groups; here are registration (idempotent, as in the real service) and
`DescribeTargetHealth`, whose states the load balancer stand-in decides about.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from tests.fargate.stand_ins.answer import Answer, ServiceError, query_answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import Forward

MOST_TARGETS = 1000
"""Quota of a target group."""
INITIAL = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
NOT_REGISTERED = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
NOT_IN_USE = (
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)


@dataclass
class Target:
    """One registered address. `health` is state, reason and description."""

    id: str
    port: int
    health: tuple[str, str, str] = INITIAL
    node_health: dict[str, bool] = field(default_factory=dict)
    """By node, once that node has an opinion."""

    @property
    def key(self) -> str:
        """`address:port`."""
        return f"{self.id}:{self.port}"


class Targets:
    """Answers RegisterTargets, DeregisterTargets and DescribeTargetHealth."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, Target]] = {}
        self._balanced: set[str] = set()
        self._lock = threading.RLock()

    def attach(self, group_arn: str) -> None:
        """A load balancer sends to this group from now on."""
        self._balanced.add(group_arn)

    def of(self, group_arn: str) -> list[Target]:
        """The registered targets, in the order of registration."""
        with self._lock:
            return list(self._groups.get(group_arn, {}).values())

    def clear(self) -> None:
        """Forget every registration."""
        with self._lock:
            self._groups.clear()

    def count(self) -> int:
        """Registered targets of all groups."""
        with self._lock:
            return sum(len(group) for group in self._groups.values())

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """The answer of an operation on targets; None for every other one."""
        if request.operation not in (
            "RegisterTargets", "DeregisterTargets", "DescribeTargetHealth"
        ):  # fmt: skip
            return None
        group = _group(request)
        asked = _members(request.parameters)
        with self._lock:
            known = self._groups.setdefault(group.arn, {})
            if request.operation == "DescribeTargetHealth":
                return self._health(group, known, asked)
            if not asked:
                raise ServiceError("ValidationError", "You must specify at least one target.")
            for target in asked:
                target.port = target.port or int(group.port)
                if request.operation == "RegisterTargets":
                    known.setdefault(target.key, target)
                else:
                    known.pop(target.key, None)
            if len(known) > MOST_TARGETS:
                raise ServiceError("TooManyTargets", "The target group has too many targets.")
        return query_answer(request.operation, "")

    def _health(self, group: Any, known: dict[str, Target], asked: list[Target]) -> Answer:
        rows = []
        for target in asked or list(known.values()):
            target.port = target.port or int(group.port)
            health = NOT_REGISTERED
            if target.key in known:
                balanced = group.arn in self._balanced
                health = known[target.key].health if balanced else NOT_IN_USE
            rows.append(_health_member(target, health))
        listed = "".join(rows)
        return query_answer(
            "DescribeTargetHealth", f"<TargetHealthDescriptions>{listed}</TargetHealthDescriptions>"
        )


def _group(request: AwsRequest) -> Any:
    from moto.backends import get_backend
    from moto.core.models import DEFAULT_ACCOUNT_ID

    groups = get_backend("elbv2")[DEFAULT_ACCOUNT_ID][request.region].target_groups
    group = groups.get(request.parameters.get("TargetGroupArn", ""))
    if group is None:
        raise ServiceError("TargetGroupNotFound", "One or more target groups not found")
    return group


def _members(parameters: dict[str, Any]) -> list[Target]:
    found = []
    index = 1
    while (identity := parameters.get(f"Targets.member.{index}.Id")) is not None:
        found.append(Target(identity, int(parameters.get(f"Targets.member.{index}.Port", 0))))
        index += 1
    return found


def _health_member(target: Target, health: tuple[str, str, str]) -> str:
    state, reason, description = health
    details = f"<State>{state}</State>"
    if reason:
        details += f"<Reason>{reason}</Reason><Description>{description}</Description>"
    return (
        f"<member><HealthCheckPort>{target.port}</HealthCheckPort><Target><Id>{target.id}</Id>"
        f"<Port>{target.port}</Port></Target><TargetHealth>{details}</TargetHealth></member>"
    )
