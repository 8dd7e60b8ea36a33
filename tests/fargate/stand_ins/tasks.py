"""The ECS tasks of the account, as `DescribeTasks` shows them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STATUSES = ("PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED")


@dataclass
class Task:
    """One task. `description` is what the API answers, without tags; change it by `update`."""

    arn: str
    cluster_arn: str
    family: str
    environment: dict[str, str]
    """Of the container: the task definition's and the overrides'."""
    stop_timeout_seconds: float
    spot: bool
    description: dict[str, Any]
    tags: dict[str, str]
    stop_requested: threading.Event = field(default_factory=threading.Event)
    changed: Callable[[Task], None] = lambda task: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def status(self) -> str:
        """`lastStatus`."""
        return str(self.description["lastStatus"])

    @property
    def address(self) -> str | None:
        """The private address, once the network interface is attached."""
        for attachment in self.description["attachments"]:
            for detail in attachment["details"]:
                if detail["name"] == "privateIPv4Address":
                    return str(detail["value"])
        return None

    def update(self, **changes: Any) -> None:
        """Change members of the description; those of the one container with `container=`."""
        container = changes.pop("container", {})
        with self._lock:
            containers = [
                {**item, **container, "lastStatus": changes.get("lastStatus", item["lastStatus"])}
                for item in self.description["containers"]
            ]
            self.description = {
                **self.description, **changes, "containers": containers,
                "version": self.description["version"] + 1,
            }  # fmt: skip
        self.changed(self)

    def request_stop(self, code: str, reason: str) -> None:
        """Begin to stop, for the first reason given."""
        with self._lock:
            if self.description["desiredStatus"] == "STOPPED":
                return
            self.description = {
                **self.description, "desiredStatus": "STOPPED", "stopCode": code,
                "stoppedReason": reason, "stoppingAt": time.time(),
                "version": self.description["version"] + 1,
            }  # fmt: skip
        self.stop_requested.set()

    def describe(self, *, tags: bool = True) -> dict[str, Any]:
        """The description as the API answers it."""
        shown = [{"key": key, "value": value} for key, value in self.tags.items()]
        return {**self.description, "tags": shown if tags else []}


class TaskTable:
    """All tasks, running and stopped."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()

    def add(self, task: Task) -> None:
        """Keep a task."""
        with self._lock:
            self._tasks[task.arn] = task

    def clear(self) -> None:
        """Forget every task."""
        with self._lock:
            self._tasks.clear()

    def all(self) -> list[Task]:
        """Every task in the order of creation."""
        with self._lock:
            return list(self._tasks.values())

    def live(self) -> list[Task]:
        """Tasks that have not stopped."""
        return [task for task in self.all() if task.status != "STOPPED"]

    def find(self, cluster_arn: str, name: str) -> Task | None:
        """A task of the cluster by its ARN or id."""
        return next(
            (
                task
                for task in self.all()
                if name in (task.arn, task.id) and task.cluster_arn == cluster_arn
            ),
            None,
        )

    def of_session(self, session_id: str) -> list[Task]:
        """Tasks started for a session."""
        return [t for t in self.all() if t.environment.get("SESSION_ID") == session_id]
