"""Targets of the stack's target group, compared with the tasks behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from keeper.report import CALL_ERRORS, DEREGISTER, REGISTER, Action, Report, sentence
from keeper.tasks import TARGET, Task

BATCH = 100
UNHEALTHY = "unhealthy"
DRAINING = "draining"


@dataclass(frozen=True)
class Target:
    """One registered address and what the load balancer thinks of it."""

    address: str
    port: int
    state: str

    @property
    def name(self) -> str:
        """`address:port`."""
        return f"{self.address}:{self.port}"


def list_targets(elbv2: Any, group_arn: str) -> list[Target]:
    """The registered targets. Ask before the tasks are listed: what is registered later is then
    not mistaken for a target without a task."""
    answer = elbv2.describe_target_health(TargetGroupArn=group_arn)
    return [
        Target(item["Target"]["Id"], item["Target"]["Port"], item["TargetHealth"]["State"])
        for item in answer["TargetHealthDescriptions"]
    ]


def deregister_dead(
    elbv2: Any,
    group_arn: str,
    targets: Iterable[Target],
    tasks: list[Task],
    stack: str,
    report: Report,
) -> None:
    """Deregister targets whose task is gone.

    Gone: no live task has the address, and either a stopped task of ours had it for this target
    group, or ECS has forgotten the task and the load balancer finds the address unhealthy.
    """
    live = {task.address for task in tasks if task.is_live}
    stopped = {
        task.address: task
        for task in tasks
        if not task.is_live and task.is_ours(stack) and task.tags.get(TARGET) == group_arn
    }
    dead: list[tuple[Target, Action]] = []
    for target in targets:
        if target.address in live or target.state == DRAINING:
            continue
        task = stopped.get(target.address)
        if task is not None:
            dead.append((target, Action(DEREGISTER, target.name, "task stopped", task.session_id)))
        elif target.state == UNHEALTHY:
            dead.append((target, Action(DEREGISTER, target.name, "no task has this address")))
    for start in range(0, len(dead), BATCH):
        _deregister(elbv2, group_arn, dead[start : start + BATCH], report)


def _deregister(
    elbv2: Any, group_arn: str, dead: list[tuple[Target, Action]], report: Report
) -> None:
    """One call for all; when it fails, one for each, so that one bad target spoils no other."""
    error = ""
    if not report.dry_run:
        members = [{"Id": target.address, "Port": target.port} for target, _ in dead]
        try:
            elbv2.deregister_targets(TargetGroupArn=group_arn, Targets=members)
        except CALL_ERRORS as failure:
            if len(dead) > 1:
                for item in dead:
                    _deregister(elbv2, group_arn, [item], report)
                return
            error = sentence(failure)
    for _, action in dead:
        report.add(Action(action.kind, action.subject, action.reason, action.session_id, error))


def register_warm(
    elbv2: Any,
    group_arn: str,
    targets: Iterable[Target],
    warm: Iterable[Task],
    report: Report,
) -> None:
    """Register warm tasks as targets, so that a claim finds them healthy already.

    The port is the target group's own.
    """
    known = {target.address for target in targets}
    for task in warm:
        if task.address is None or task.address in known or task.tags.get(TARGET) != group_arn:
            continue
        error = ""
        if not report.dry_run:
            try:
                elbv2.register_targets(TargetGroupArn=group_arn, Targets=[{"Id": task.address}])
            except CALL_ERRORS as failure:
                error = sentence(failure)
        report.add(Action(REGISTER, task.address, "warm executor", task.session_id, error))
