"""Executors of the sessions s0, s1, … behind the load balancer, and a client that sticks to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.fargate.stand_ins import Account, DeployedStack, LoadBalancer
from tests.fargate.stand_ins.executor_task import headers, run_executor
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task

SLOW = "import time\nfor i in range({n}):\n    print(i, flush=True)\n    time.sleep({pause})"


def start(account: Account, stack: DeployedStack, balancer: LoadBalancer, count: int) -> list[Task]:
    """Start executors; returns once all are healthy."""
    tasks = [run_executor(account, stack, f"s{index}") for index in range(count)]
    for task in tasks:
        register(account, stack, task)
    eventually(lambda: len(balancer.healthy()) == count, "all targets are healthy")
    return tasks


def register(account: Account, stack: DeployedStack, task: Task) -> None:
    """Make a task a target once it has an address."""
    eventually(lambda: task.address, "the task has an address")
    account.client("elbv2", "runtime").register_targets(
        TargetGroupArn=stack.target_group_arn, Targets=[{"Id": task.address, "Port": 8080}]
    )


@contextmanager
def stuck_client(balancer: LoadBalancer, session_id: str) -> Iterator[httpx.Client]:
    """A client that holds the cookie of its session's executor."""
    with httpx.Client(
        base_url=balancer.url, headers=headers(session_id), timeout=30, trust_env=False
    ) as client:

        def ours() -> bool:
            client.cookies.clear()
            return client.get("/session").status_code == 200

        eventually(ours, "the cookie of the executor")
        yield client
