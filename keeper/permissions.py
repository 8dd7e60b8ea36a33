"""The rights that the keeper's role needs, as data for the component that makes the role.

Nothing else is called: metrics travel in the log, and the network interfaces of tasks are never
asked for. The condition on `ecs:StopTask` makes IAM itself protect tasks without our tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from keeper.tasks import STACK

Resource: TypeAlias = Literal[
    "any",
    "tasks",  # task/CLUSTER/* of this cluster
    "task_definition",  # task-definition/FAMILY:*
    "start_roles",  # the task definition's execution role, and its task role if there is one
    "target_group",
    "claim_key",
]
Need: TypeAlias = Literal["always", "alb", "warm", "warm_alb"]
CLUSTER = "{cluster_arn}"
STACK_NAME = "{stack}"
"""Placeholders in conditions."""


@dataclass(frozen=True)
class Permission:
    """Actions on one kind of resource. `need`: on which route or with which option they apply."""

    sid: str
    actions: tuple[str, ...]
    resource: Resource
    why: str
    need: Need = "always"
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


HERE = {"ArnEquals": {"ecs:cluster": CLUSTER}}
PERMISSIONS: tuple[Permission, ...] = (
    Permission(
        "ListExecutors", ("ecs:ListTasks",), "any", "finds the cluster's tasks", conditions=HERE
    ),
    Permission(
        "ReadExecutors", ("ecs:DescribeTasks",), "tasks", "reads status and tags", conditions=HERE
    ),
    Permission(
        "StopExecutors",
        ("ecs:StopTask",),
        "tasks",
        "ends tasks past their deadline",
        conditions=HERE | {"StringEquals": {f"aws:ResourceTag/{STACK}": STACK_NAME}},
    ),
    Permission(
        "ReadTargets",
        ("elasticloadbalancing:DescribeTargetHealth",),
        "any",
        "the action has no resource-level permissions",
        need="alb",
    ),
    Permission(
        "DeregisterTargets",
        ("elasticloadbalancing:DeregisterTargets",),
        "target_group",
        "removes targets whose task is gone",
        need="alb",
    ),
    Permission(
        "RegisterWarmTargets",
        ("elasticloadbalancing:RegisterTargets",),
        "target_group",
        "makes warm executors healthy before they are claimed",
        need="warm_alb",
    ),
    Permission(
        "StartWarmExecutors",
        ("ecs:RunTask",),
        "task_definition",
        "fills the warm pool",
        need="warm",
        conditions=HERE,
    ),
    Permission(
        "TagWarmExecutors",
        ("ecs:TagResource",),
        "tasks",
        "RunTask with tags",
        need="warm",
        conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
    ),
    Permission(
        "PassStartRoles",
        ("iam:PassRole",),
        "start_roles",
        "the role that Fargate pulls the image with",
        need="warm",
        conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    ),
    Permission(
        "ReadClaimKey",
        ("secretsmanager:GetSecretValue",),
        "claim_key",
        "start-up tokens are derived from it",
        need="warm",
    ),
)


def permissions(*, alb: bool, warm: bool) -> tuple[Permission, ...]:
    """The rights of a keeper on this route, with or without a warm pool.

    Without a pool no task can be started by it.
    """
    met = {"always": True, "alb": alb, "warm": warm, "warm_alb": alb and warm}
    return tuple(permission for permission in PERMISSIONS if met[permission.need])
