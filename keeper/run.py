"""One run of the keeper: look, deregister, stop, refill, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from keeper.expiry import stop_expired
from keeper.report import CALL_ERRORS, Report
from keeper.settings import Settings
from keeper.targets import Target, deregister_dead, list_targets, register_warm
from keeper.tasks import Task, list_tasks
from keeper.warm_pool import Places, find_places, refill, stop_surplus

CALLS = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5}
)


@dataclass(frozen=True)
class Clients:
    """The SDK clients of one process."""

    ecs: Any
    elbv2: Any
    secrets: Any


def make_clients(region: str) -> Clients:
    """Clients with bounded, jittered retries."""
    session = boto3.Session(region_name=region)
    return Clients(
        *(session.client(name, config=CALLS) for name in ("ecs", "elbv2", "secretsmanager"))
    )


def run(settings: Settings, clients: Clients, *, dry_run: bool = False) -> Report:
    """Do everything that is due. What fails is in the report and stops nothing else."""
    report = Report(settings.stack, dry_run or settings.dry_run)
    targets = _look(report, "read targets", lambda: _targets(settings, clients), [])
    tasks = _look(report, "list tasks", lambda: list_tasks(clients.ecs, settings), None)
    if tasks is None:
        return report
    ours = [task for task in tasks if task.is_ours(settings.stack)]
    report.tasks = sum(task.is_live for task in ours)
    if settings.target_group_arn:
        deregister_dead(
            clients.elbv2, settings.target_group_arn, targets, tasks, settings.stack, report
        )
    now = datetime.now(UTC)
    stop_expired(clients.ecs, settings, ours, now, report)
    _keep_warm(settings, clients, _in_time(ours, settings, now), targets, report)
    return report


def _targets(settings: Settings, clients: Clients) -> list[Target]:
    if settings.target_group_arn is None:
        return []
    return list_targets(clients.elbv2, settings.target_group_arn)


def _keep_warm(
    settings: Settings, clients: Clients, tasks: list[Task], targets: list[Target], report: Report
) -> None:
    places = find_places(tasks, settings.warm)
    _look(
        report,
        "stop surplus warm executors",
        lambda: stop_surplus(clients.ecs, settings, places, report),
        None,
    )
    if settings.warm is None:
        return
    if settings.target_group_arn:
        running = [task for task in places.waiting.values() if task.status == "RUNNING"]
        register_warm(clients.elbv2, settings.target_group_arn, targets, running, report)
    _refill(settings, clients, places, report)


def _refill(settings: Settings, clients: Clients, places: Places, report: Report) -> None:
    pool = settings.warm
    if pool is None or len(places.waiting) == pool.size:
        report.warm = len(places.waiting)
        return
    key = _look(report, "read the claim key", lambda: _claim_key(clients, pool.claim_key_arn), b"")
    if key:
        refill(clients.ecs, settings, pool, key, places, report)


def _claim_key(clients: Clients, arn: str) -> bytes:
    return str(clients.secrets.get_secret_value(SecretId=arn)["SecretString"]).encode()


def _in_time(tasks: list[Task], settings: Settings, now: datetime) -> list[Task]:
    """Without the live tasks that this run stops because of their age."""
    kept = []
    for task in tasks:
        deadline = task.deadline(settings.lifetime_seconds)
        if not task.is_wanted or deadline is None or deadline >= now:
            kept.append(task)
    return kept


def _look(report: Report, what: str, look: Callable[[], Any], otherwise: Any) -> Any:
    """The result, or `otherwise` with the failure in the report."""
    try:
        return look()
    except CALL_ERRORS as error:
        report.fail(what, error)
        return otherwise
