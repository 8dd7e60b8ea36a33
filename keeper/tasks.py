"""The cluster's tasks, and which of them are ours: those with the stack's tag, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from keeper.settings import Settings

TAG = "deep-insight:"
STACK, SESSION, DEADLINE, TARGET, POOL = (
    f"{TAG}{name}" for name in ("stack", "session", "deadline", "target", "pool")
)
WARM = "warm"
BATCH = 100
"""Most tasks of one DescribeTasks."""


@dataclass(frozen=True)
class Task:
    """One task as ECS describes it."""

    arn: str
    status: str
    desired_status: str
    address: str | None
    task_definition_arn: str
    started_by: str
    created_at: datetime | None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def session_id(self) -> str:
        """The session that its tags name."""
        return self.tags.get(SESSION, "")

    @property
    def is_live(self) -> bool:
        """Whether it has not stopped; it may be about to."""
        return self.status != "STOPPED"

    @property
    def is_wanted(self) -> bool:
        """Whether nobody has asked it to stop."""
        return self.is_live and self.desired_status != "STOPPED"

    @property
    def is_warm(self) -> bool:
        """Whether it waits unclaimed."""
        return self.tags.get(POOL) == WARM

    def is_ours(self, stack: str) -> bool:
        """Whether its tags say that this stack started it for a session."""
        return self.tags.get(STACK) == stack and SESSION in self.tags

    def deadline(self, lifetime_seconds: int) -> datetime | None:
        """When it must have ended: its tag, or its age when the tag cannot be read."""
        try:
            tagged = datetime.fromisoformat(self.tags[DEADLINE].replace("Z", "+00:00"))
        except (KeyError, ValueError):
            if self.created_at is None:
                return None
            return self.created_at + timedelta(seconds=lifetime_seconds)
        return tagged if tagged.tzinfo else tagged.replace(tzinfo=UTC)


def list_tasks(ecs: Any, settings: Settings) -> list[Task]:
    """Every task of the cluster that ECS still knows, stopped ones too (for about an hour)."""
    arns: dict[str, None] = {}
    for desired in ("RUNNING", "STOPPED"):
        pages = ecs.get_paginator("list_tasks").paginate(
            cluster=settings.cluster_arn, desiredStatus=desired
        )
        for page in pages:
            arns |= dict.fromkeys(page["taskArns"])
    return describe(ecs, settings, list(arns))


def describe(ecs: Any, settings: Settings, arns: list[str]) -> list[Task]:
    """The tasks with these ARNs; those that ECS has forgotten are left out."""
    tasks = []
    for batch in _batches(arns):
        answer = ecs.describe_tasks(cluster=settings.cluster_arn, tasks=batch, include=["TAGS"])
        tasks += [_task(item) for item in answer["tasks"]]
    return tasks


def _batches(items: list[str]) -> Iterator[list[str]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _task(item: dict[str, Any]) -> Task:
    return Task(
        arn=item["taskArn"],
        status=item["lastStatus"],
        desired_status=item["desiredStatus"],
        address=_address(item),
        task_definition_arn=item["taskDefinitionArn"],
        started_by=item.get("startedBy", ""),
        created_at=item.get("createdAt"),
        tags={tag["key"]: tag.get("value", "") for tag in item.get("tags", [])},
    )


def _address(item: dict[str, Any]) -> str | None:
    for attachment in item.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address":
                return str(detail["value"])
    return None
