"""The warm pool: started executors that wait for a session to claim them.

Each place of the pool has a number, kept in the task's `startedBy`. The client token with which a
place is filled follows from the task that filled it before, so that runs which overlap ask for the
same task and get one. A place that nothing is known about starts anew each hour, because ECS
remembers tokens longer than tasks; should two runs meet at the full hour, the next one stops the
surplus.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from keeper.expiry import stop
from keeper.report import CALL_ERRORS, START, Action, Report, sentence
from keeper.settings import Settings, WarmPool
from keeper.start import NotPlacedError, TakenError, run_task
from keeper.tasks import Task, describe

PLACE = "deep-insight-warm/"
NAMESPACE = uuid.UUID("5f3c1f0e-9a5e-4e5c-8f7e-6f2f1d1c7a40")
MOST_PREDECESSORS = 5
"""How often one run looks for a fresh token: earlier tasks of a place that ECS still remembers."""


@dataclass
class Places:
    """Which task waits in which place, and which was the last one there."""

    waiting: dict[int, Task]
    last: dict[int, str]
    """ARN of the newest task that any place had, whatever became of it."""
    surplus: list[tuple[Task, str]]
    """Waiting tasks to stop, with the reason."""


def find_places(tasks: Iterable[Task], pool: WarmPool | None) -> Places:
    """Sort the stack's tasks by place, oldest first; what has no place is surplus."""
    places = Places({}, {}, [])
    for task in sorted(tasks, key=_age):
        number = place_of(task)
        if number is not None:
            places.last[number] = task.arn
        if not (task.is_warm and task.is_wanted):
            continue
        if number is None or pool is None or number >= pool.size:
            places.surplus.append((task, "the warm pool is smaller"))
        elif task.task_definition_arn != pool.task_definition_arn:
            places.surplus.append((task, "started from another task definition"))
        elif number in places.waiting:
            places.surplus.append((task, "its place is taken"))
        else:
            places.waiting[number] = task
    return places


def place_of(task: Task) -> int | None:
    """The number of the place that a task was started for."""
    number = task.started_by.removeprefix(PLACE)
    return int(number) if number != task.started_by and number.isdecimal() else None


def stop_surplus(ecs: Any, settings: Settings, places: Places, report: Report) -> None:
    """Stop waiting executors that nobody should claim, unless one was claimed a moment ago."""
    if not places.surplus:
        return
    reasons = {task.arn: reason for task, reason in places.surplus}
    for task in describe(ecs, settings, list(reasons)):
        if task.is_warm and task.is_wanted:
            stop(ecs, settings, task, reasons[task.arn], report)


def refill(
    ecs: Any, settings: Settings, pool: WarmPool, claim_key: bytes, places: Places, report: Report
) -> None:
    """Start an executor for each empty place."""
    now = datetime.now(UTC)
    deadline = now + timedelta(seconds=settings.lifetime_seconds)
    report.warm = len(places.waiting)
    for number in range(pool.size):
        if number in places.waiting:
            continue
        before = places.last.get(number, f"{now:%Y-%m-%dT%H}")
        if report.dry_run:
            report.add(Action(START, f"place {number}", "the place is empty"))
            continue
        try:
            _fill(ecs, settings, pool, claim_key, number, before, deadline, report)
        except (*CALL_ERRORS, NotPlacedError) as error:
            report.add(Action(START, f"place {number}", "the place is empty", "", sentence(error)))


def _fill(
    ecs: Any,
    settings: Settings,
    pool: WarmPool,
    claim_key: bytes,
    number: int,
    before: str,
    deadline: datetime,
    report: Report,
) -> None:
    """Start the task that follows `before`; if it has come and gone, the one after it."""
    for _ in range(MOST_PREDECESSORS):
        token = uuid.uuid5(NAMESPACE, f"{settings.stack}/{number}/{before}")
        session_id = f"warm-{token}"
        try:
            task = run_task(
                ecs, settings, pool, claim_key, session_id, f"{PLACE}{number}", deadline
            )
        except TakenError as error:
            found = describe(ecs, settings, [error.task_arn])
            if any(task.is_wanted for task in found):
                report.warm += 1
                return
            before = error.task_arn
            continue
        if task["desiredStatus"] != "STOPPED":
            report.warm += 1
            reason = "the place is empty"
            report.add(Action(START, task["taskArn"], reason, session_id))
            return
        before = task["taskArn"]
    raise NotPlacedError(f"the last {MOST_PREDECESSORS} tasks of the place have all stopped")


def _age(task: Task) -> tuple[float, str]:
    return (task.created_at.timestamp() if task.created_at else 0.0, task.arn)
