"""The emulated account answers about tasks as ECS documents it, and its faults are visible."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.fargate.stand_ins import Account, DeployedStack, Fargate, Start
from tests.fargate.stand_ins.executor_task import run_executor
from tests.fargate.stand_ins.faults import LoseAnswer, Refuse, Slow, internal_error, throttle
from tests.fargate.stand_ins.task_operations import CAPACITY

WAITING = Start(runs=False)


@pytest.fixture
def ecs(account: Account, fargate: Fargate) -> Any:
    """A client; tasks never start."""
    fargate.start = WAITING
    return account.client("ecs", "runtime")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_client_token_starts_one_task(ecs: Any, account: Account, stack: DeployedStack) -> None:
    first = run_executor(account, stack, "s", client_token="token")
    assert run_executor(account, stack, "s", client_token="token") is first

    with pytest.raises(ClientError) as refused:
        run_executor(account, stack, "another", client_token="token")

    assert code_of(refused) == "ConflictException"
    assert refused.value.response["resourceIds"] == [first.arn]  # type: ignore[typeddict-item]
    assert len(account.tasks.all()) == 1


def test_an_answer_that_is_lost_was_executed(
    ecs: Any, account: Account, stack: DeployedStack
) -> None:
    account.faults.add("ecs.RunTask", LoseAnswer())

    with pytest.raises(ConnectionClosedError):
        run_executor(account, stack, "s", client_token="token")
    again = run_executor(account, stack, "s", client_token="token")

    assert account.tasks.all() == [again]


def test_a_task_without_a_place_is_a_failure_in_the_answer(
    ecs: Any, account: Account, stack: DeployedStack
) -> None:
    account.task_operations.refuse_placement(CAPACITY, spot=True, times=1)

    with pytest.raises(AssertionError, match="Capacity is unavailable"):
        run_executor(account, stack, "s", spot=True)
    assert not run_executor(account, stack, "s").spot
    assert run_executor(account, stack, "s", spot=True).spot


def test_wrong_configuration_is_refused_by_name(
    ecs: Any, account: Account, stack: DeployedStack
) -> None:
    wrong = {
        "cluster": (stack.cluster_arn[:-1], "ClusterNotFoundException"),
        "taskDefinition": ("no-such-family", "ClientException"),
    }
    network = {"subnets": list(stack.subnet_ids), "securityGroups": [stack.security_group_id]}
    for member, (value, code) in wrong.items():
        request = {
            "cluster": stack.cluster_arn,
            "taskDefinition": stack.task_definition_arn,
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network},
        }
        with pytest.raises(ClientError) as refused:
            ecs.run_task(**{**request, member: value})
        assert code_of(refused) == code


def test_unknown_tasks_are_failures_and_known_ones_stay_as_they_are(
    ecs: Any, account: Account, stack: DeployedStack
) -> None:
    task = run_executor(account, stack, "s", tags={"a": "b"})
    for _ in range(3):
        answer = ecs.describe_tasks(
            cluster=stack.cluster_arn, tasks=[task.id, "missing"], include=["TAGS"]
        )

    assert answer["failures"] == [{"arn": "missing", "reason": "MISSING"}]
    assert answer["tasks"][0]["tags"] == [{"key": "a", "value": "b"}]
    assert answer["tasks"][0]["lastStatus"] in ("PROVISIONING", "PENDING")
    with pytest.raises(ClientError) as refused:
        ecs.describe_tasks(cluster=stack.cluster_arn, tasks=[task.id] * 101)
    assert code_of(refused) == "InvalidParameterException"


def test_lists_come_in_pages_and_by_who_started(
    ecs: Any, account: Account, stack: DeployedStack
) -> None:
    for _ in range(11):
        run_executor(account, stack, "s", count=10)
    pages = ecs.get_paginator("list_tasks").paginate(cluster=stack.cluster_arn)

    assert [len(page["taskArns"]) for page in pages] == [100, 10]
    listed = ecs.list_tasks(cluster=stack.cluster_arn, startedBy="nobody")
    assert listed["taskArns"] == []


def test_tags_of_a_task_can_be_changed(ecs: Any, account: Account, stack: DeployedStack) -> None:
    task = run_executor(account, stack, "s", tags={"pool": "warm", "stack": "x"})

    ecs.tag_resource(resourceArn=task.arn, tags=[{"key": "pool", "value": "claimed"}])

    assert task.tags == {"pool": "claimed", "stack": "x"}
    assert {"key": "pool", "value": "claimed"} in ecs.list_tags_for_resource(resourceArn=task.arn)[
        "tags"
    ]


def test_throttling_is_repeated_by_the_sdk_and_other_refusals_are_not(
    ecs: Any, account: Account, stack: DeployedStack
) -> None:
    patient = account.client("ecs", "runtime", retries={"total_max_attempts": 3})
    account.faults.add("ecs.ListTasks", throttle(), times=2)
    listed = patient.list_tasks(cluster=stack.cluster_arn)
    assert listed["ResponseMetadata"]["RetryAttempts"] == 2

    fault = account.faults.add("ecs.ListTasks", Refuse("AccessDeniedException"), times=None)
    with pytest.raises(ClientError) as refused:
        patient.list_tasks(cluster=stack.cluster_arn)
    assert code_of(refused) == "AccessDeniedException"
    assert fault.met == 1


def test_faults_apply_to_every_service_in_its_own_form(
    account: Account, stack: DeployedStack
) -> None:
    account.faults.add("*", internal_error(), times=3)
    calls: list[Callable[[], Any]] = [
        lambda: account.client("ecs", "x").list_tasks(cluster=stack.cluster_arn),
        lambda: account.client("elbv2", "x").describe_target_health(
            TargetGroupArn=stack.target_group_arn
        ),
        lambda: account.client("s3", "x").list_objects_v2(Bucket=stack.bucket),
    ]
    for call in calls:
        with pytest.raises(ClientError) as refused:
            call()
        assert code_of(refused) == "InternalFailure"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_slow_answer_can_be_released(account: Account, stack: DeployedStack) -> None:
    slow = Slow(60)
    account.faults.add("ecs.ListTasks", slow)
    slow.released.set()

    assert account.client("ecs", "x").list_tasks(cluster=stack.cluster_arn)["taskArns"] == []


def test_calls_are_recorded_with_who_made_them(
    ecs: Any, account: Account, stack: DeployedStack, tmp_path: Path
) -> None:
    run_executor(account, stack, "s")
    s3 = account.client("s3", "client")
    s3.put_object(Bucket=stack.bucket, Key="sessions/s/inputs/a b.csv", Body=b"1")

    account.calls.write(tmp_path / "calls.json")

    (run, put) = json.loads((tmp_path / "calls.json").read_text())["calls"]
    assert (run["caller"], run["service"], run["operation"]) == ("runtime", "ecs", "RunTask")
    assert run["parameters"]["cluster"] == stack.cluster_arn
    assert (put["caller"], put["operation"]) == ("client", "PutObject")
    assert put["parameters"]["Key"] == "sessions/s/inputs/a b.csv"
