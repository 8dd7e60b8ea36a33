"""Stopping tasks of ours that are past their deadline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from keeper.report import CALL_ERRORS, STOP, Action, Report, sentence
from keeper.settings import Settings
from keeper.tasks import Task

REASON = "past its deadline"


def stop_expired(
    ecs: Any, settings: Settings, tasks: Iterable[Task], now: datetime, report: Report
) -> None:
    """Stop each of these tasks whose deadline has passed and that nobody has stopped yet."""
    for task in tasks:
        deadline = task.deadline(settings.lifetime_seconds)
        if task.is_wanted and deadline is not None and deadline < now:
            stop(ecs, settings, task, REASON, report)


def stop(ecs: Any, settings: Settings, task: Task, reason: str, report: Report) -> None:
    """Stop one task; stopping a stopped one changes nothing."""
    error = ""
    if not report.dry_run:
        try:
            ecs.stop_task(
                cluster=settings.cluster_arn, task=task.arn, reason=f"deep-insight keeper: {reason}"
            )
        except CALL_ERRORS as failure:
            error = sentence(failure)
    report.add(Action(STOP, task.arn, reason, task.session_id, error))
