"""What one run did, and its metrics in CloudWatch's embedded format (no API call, no rights)."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from keeper.json_logging import log

NAMESPACE = "DeepInsight/Keeper"
DEREGISTER, REGISTER, STOP, START = "deregister", "register", "stop", "start"
METRICS = {
    DEREGISTER: "TargetsDeregistered",
    REGISTER: "TargetsRegistered",
    STOP: "TasksStopped",
    START: "WarmTasksStarted",
}
CALL_ERRORS = (BotoCoreError, ClientError)
"""What boto3 raises when a call fails; anything else is a fault of ours and ends the run."""


class KeeperError(Exception):
    """Something could not be done; raised at the end of a run, so that the function fails."""


@dataclass(frozen=True)
class Action:
    """One thing that was done, failed (`error`) or, in a dry run, would be done."""

    kind: str
    subject: str
    reason: str
    session_id: str = ""
    error: str = ""


@dataclass
class Report:
    """The actions of one run, each logged as it happens."""

    stack: str
    dry_run: bool
    actions: list[Action] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    tasks: int = 0
    """Live tasks of the stack that were found."""
    warm: int = 0
    """Executors that wait unclaimed after the run."""

    def add(self, action: Action) -> None:
        """Record an action."""
        self.actions.append(action)
        level, event = ("error", "keeper_failed") if action.error else ("info", "keeper_acted")
        if self.dry_run and not action.error:
            event = "keeper_would_act"
        log(
            event, level, kind=action.kind, subject=action.subject, reason=action.reason,
            session_id=action.session_id, stack=self.stack,
            **({"error": action.error} if action.error else {}),
        )  # fmt: skip
        if action.error:
            self.failures.append(f"{action.kind} {action.subject}: {action.error}")

    def fail(self, what: str, error: Exception | str) -> None:
        """Record that a whole part of the run failed."""
        self.failures.append(f"{what}: {sentence(error)}")
        log("keeper_failed", "error", kind=what, error=sentence(error), stack=self.stack)

    def count(self, kind: str) -> int:
        """Actions of a kind that succeeded, or would be done."""
        return Counter(action.kind for action in self.actions if not action.error)[kind]

    def metrics(self) -> dict[str, Any]:
        """The embedded-metric line of the run; a dry run has counted nothing."""
        values: dict[str, Any] = {
            name: 0 if self.dry_run else self.count(kind) for kind, name in METRICS.items()
        }
        values |= {"Failures": len(self.failures), "Tasks": self.tasks, "WarmTasks": self.warm}
        return {
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [["Stack"]],
                        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
                    }
                ],
            },
            "Stack": self.stack,
            **values,
        }

    def summary(self) -> dict[str, Any]:
        """What the function answers."""
        counts = {kind: self.count(kind) for kind in METRICS}
        return {
            "stack": self.stack, "dry_run": self.dry_run, "tasks": self.tasks, "warm": self.warm,
            **counts, "failures": self.failures,
        }  # fmt: skip


def sentence(error: Exception | str) -> str:
    """An error in one line."""
    return " ".join(str(error).split())
