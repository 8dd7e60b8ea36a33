"""A task is a real executor at the address that the API tells, and ends as Fargate ends it."""

from __future__ import annotations

from typing import Any

import httpx

from tests.fargate.stand_ins import Account, DeployedStack, Fargate
from tests.fargate.stand_ins.executor_task import headers, run_executor
from tests.fargate.stand_ins.fargate import OUT_OF_MEMORY, PULL_FAILURE, is_free
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task


def answering(task: Task) -> str:
    """The task's base URL, once its executor answers."""
    eventually(lambda: task.status == "RUNNING", "the task runs")
    url = f"http://{task.address}:8080"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/health").status_code == 200
        except httpx.TransportError:
            return False

    eventually(answers, "the executor answers")
    return url


def stopped(account: Account, stack: DeployedStack, task: Task) -> dict[str, Any]:
    """The API's description of the task when it has stopped."""
    eventually(lambda: task.status == "STOPPED", "the task stops")
    ecs = account.client("ecs", "runtime")
    answer = ecs.describe_tasks(cluster=stack.cluster_arn, tasks=[task.arn])
    return dict(answer["tasks"][0])


def test_a_task_serves_its_session_until_it_is_stopped(
    account: Account, stack: DeployedStack, fargate: Fargate
) -> None:
    task = run_executor(account, stack, "session-1")
    assert task.address is None
    url = answering(task)
    session = httpx.get(f"{url}/session", headers=headers("session-1")).json()
    assert session["session_id"] == "session-1"

    account.client("ecs", "runtime").stop_task(
        cluster=stack.cluster_arn, task=task.arn, reason="session closed"
    )

    end = stopped(account, stack, task)
    assert (end["stopCode"], end["stoppedReason"]) == ("UserInitiated", "session closed")
    assert end["containers"][0]["exitCode"] == 0
    assert is_free(str(task.address))
    eventually(lambda: fargate.stopped_events, "the event is sent")
    assert [event["detail"]["taskArn"] for event in fargate.stopped_events] == [task.arn]


def test_the_ways_in_which_a_running_task_ends(
    account: Account, stack: DeployedStack, fargate: Fargate
) -> None:
    killed, exhausted, interrupted = tasks = [
        run_executor(account, stack, name, spot=True) for name in ("a", "b", "c")
    ]
    for task in tasks:
        answering(task)

    fargate.kill(killed)
    fargate.kill_for_memory(exhausted)
    fargate.interrupt_spot(interrupted)

    ends = [stopped(account, stack, task) for task in tasks]
    assert [end["stopCode"] for end in ends] == [
        "EssentialContainerExited",
        "EssentialContainerExited",
        "SpotInterruption",
    ]
    assert [end["containers"][0]["exitCode"] for end in ends] == [137, 137, 0]
    assert ends[1]["containers"][0]["reason"] == OUT_OF_MEMORY
    assert ends[2]["stoppedReason"] == "Your Spot Task was interrupted."


def test_the_ways_in_which_a_task_does_not_start(
    account: Account, stack: DeployedStack, fargate: Fargate
) -> None:
    fargate.next_start(failure=PULL_FAILURE)
    fargate.next_start(exit_code=1)
    pull, crash = run_executor(account, stack, "a"), run_executor(account, stack, "b")

    ends = [stopped(account, stack, task) for task in (pull, crash)]

    assert [end["stopCode"] for end in ends] == ["TaskFailedToStart", "EssentialContainerExited"]
    assert ends[0]["stoppedReason"] == PULL_FAILURE
    assert "startedAt" not in ends[0]
    assert "exitCode" not in ends[0]["containers"][0]
    assert ends[1]["containers"][0]["exitCode"] == 1


def test_a_task_may_hang_without_an_address_or_without_running(
    account: Account, stack: DeployedStack, fargate: Fargate
) -> None:
    fargate.next_start(address=False, listens=False)
    fargate.next_start(runs=False)
    unaddressed, pending = run_executor(account, stack, "a"), run_executor(account, stack, "b")
    eventually(lambda: unaddressed.status == "RUNNING", "it runs")
    eventually(lambda: pending.status == "PENDING", "it is pending")

    assert unaddressed.address is None
    for task in (unaddressed, pending):
        account.client("ecs", "runtime").stop_task(cluster=stack.cluster_arn, task=task.arn)
        assert stopped(account, stack, task)["stoppedReason"] == "Task stopped by user"


def test_a_container_that_ignores_the_request_is_killed_after_its_grace(
    account: Account, stack: DeployedStack, fargate: Fargate
) -> None:
    fargate.next_start(stop_timeout_seconds=0.3)
    task = run_executor(account, stack, "a")
    answering(task)
    fargate.freeze(task)

    task.request_stop("UserInitiated", "test")

    assert stopped(account, stack, task)["containers"][0]["exitCode"] == 137
