"""A keeper with the settings of a stack in the emulated account, and tasks for it to look after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from keeper.report import Report
from keeper.run import Clients, run
from keeper.settings import load_settings
from tests.fargate.conftest import shared_account, stack
from tests.fargate.stand_ins import Account, DeployedStack, Fargate, Start
from tests.fargate.stand_ins.deployed_stack import CONTAINER
from tests.fargate.stand_ins.executor_task import run_executor
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task

__all__ = ["shared_account", "stack"]

QUIET = Start(provisioning_seconds=0, pending_seconds=0, listens=False, stop_timeout_seconds=5)
"""Tasks whose container only waits: the keeper never talks to it."""


class KeeperScene:
    """The stack, and what the tests do to it."""

    def __init__(self, account: Account, stack: DeployedStack, fargate: Fargate) -> None:
        self.account = account
        self.stack = stack
        self.fargate = fargate

    def clients(self) -> Clients:
        names = ("ecs", "elbv2", "secretsmanager")
        return Clients(*(self.account.client(name, "keeper") for name in names))

    def environment(self, *, warm: int = 0, **changes: str) -> dict[str, str]:
        stack = self.stack
        return {
            "AWS_REGION": stack.region,
            "KEEPER_STACK": stack.name,
            "KEEPER_CLUSTER_ARN": stack.cluster_arn,
            "KEEPER_TARGET_GROUP_ARN": stack.target_group_arn,
            "KEEPER_WARM_POOL_SIZE": str(warm),
            "KEEPER_TASK_DEFINITION_ARN": stack.task_definition_arn,
            "KEEPER_CONTAINER_NAME": CONTAINER,
            "KEEPER_SUBNET_IDS": ",".join(stack.subnet_ids),
            "KEEPER_SECURITY_GROUP_IDS": stack.security_group_id,
            "KEEPER_CLAIM_KEY_ARN": stack.claim_key_arn,
            **changes,
        }

    def keep(self, *, warm: int = 0, dry_run: bool = False, **changes: str) -> Report:
        settings = load_settings(self.environment(warm=warm, **changes))
        return run(settings, self.clients(), dry_run=dry_run)

    def task(
        self, session_id: str, *, ends_in: float = 3600, count: int = 1, **changes: str | None
    ) -> Task:
        """A task with the runtime's tags; a change to None leaves a tag out."""
        ends = datetime.now(UTC) + timedelta(seconds=ends_in)
        tags = {
            "stack": self.stack.name,
            "session": session_id,
            "deadline": ends.isoformat(),
            "target": self.stack.target_group_arn,
            "pool": "none",
            **changes,
        }
        given = {f"deep-insight:{name}": value for name, value in tags.items() if value is not None}
        task = run_executor(self.account, self.stack, session_id, tags=given, count=count)
        if self.fargate.start.runs:
            eventually(lambda: task.status == "RUNNING", "the task runs")
        return task

    def register(self, task: Task) -> None:
        self.account.client("elbv2", "runtime").register_targets(
            TargetGroupArn=self.stack.target_group_arn, Targets=[{"Id": task.address}]
        )

    def registered(self) -> set[str]:
        return {target.id for target in self.account.targets.of(self.stack.target_group_arn)}

    def kill(self, task: Task) -> None:
        self.fargate.kill(task)
        eventually(lambda: task.status == "STOPPED", "the task has stopped")

    def warm_tasks(self) -> list[Task]:
        return [
            task
            for task in self.account.tasks.live()
            if task.tags.get("deep-insight:pool") == "warm"
            and task.description["desiredStatus"] == "RUNNING"
        ]


@pytest.fixture
def scene(shared_account: Account, stack: DeployedStack) -> Iterator[KeeperScene]:
    """Without tasks and targets."""
    shared_account.forget()
    with Fargate(shared_account, QUIET) as fargate:
        yield KeeperScene(shared_account, stack, fargate)
    shared_account.forget()
