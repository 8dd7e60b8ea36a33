"""Executors: isolated tasks that the runtime starts and reaches by the route it is told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.binding import BindingError
from components.deployment import Deployment
from components.executor_cluster import ExecutorCluster, ExecutorClusterArgs
from components.executor_environment import check_executor_environment
from components.policy import permission_policy
from plan.recording import Recording
from tests.components.platform_parts import (
    EGRESS,
    INGRESS,
    LOAD_BALANCER,
    TARGETS,
    TASK,
    named,
    network,
)

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/executor@sha256:" + "0" * 64
Declare = Callable[..., Recording]


def declared(
    declare: Declare, deployment: Deployment, nat: str = "none", **changes: Any
) -> Recording:
    def program() -> None:
        cluster = ExecutorCluster(
            "executor",
            ExecutorClusterArgs(
                deployment=deployment,
                network=network(deployment, nat=nat),
                context=Path("executor"),
                keeper=Path("keeper"),
                builder="prebuilt",
                prebuilt=IMAGE,
                **changes,
            ),
        )
        binding = cluster.run()
        pulumi.export("environment", dict(binding.environment))
        pulumi.export("policy", permission_policy(list(binding.grants)))
        pulumi.export(
            "reach",
            [str(getattr(r, "peer", "") or getattr(r, "service", "")) for r in binding.reach],
        )

    return declare(program, of={"deployment": deployment, "nat": nat, **changes})


def environment(recording: Recording) -> dict[str, str]:
    (definition,) = json.loads(recording.one(TASK).inputs["containerDefinitions"])
    return {entry["name"]: entry["value"] for entry in definition["environment"]}


def test_the_task_has_no_role_and_its_code_no_internet(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)

    assert "taskRoleArn" not in recording.one(TASK).inputs
    assert environment(recording)["KERNEL_NETWORK"] == "none"
    executor_rules = [n for n in named(recording, EGRESS) if n.startswith("executor-to")]
    assert sorted(executor_rules) == [
        "executor-to-ecr.api-443-egress",
        "executor-to-ecr.dkr-443-egress",
        "executor-to-logs-443-egress",
        "executor-to-s3-443-egress",
    ]


def test_internet_for_user_code_opens_both_the_network_and_the_kernel(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment, nat="single", internet=True)

    assert environment(recording)["KERNEL_NETWORK"] == "full"
    assert "executor-to-internet-443-egress" in named(recording, EGRESS)


def test_limits_follow_from_the_size_of_the_task(declare: Declare, deployment: Deployment) -> None:
    recording = declared(declare, deployment, cpu=2048, memory=8192, idle_seconds=600)

    found = environment(recording)
    assert found["LIMIT_MEMORY_BYTES"] == str((8192 - 512) * 1024 * 1024)
    assert found["LIMIT_IDLE_SECONDS"] == "600"
    assert "SESSION_ID" not in found


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"LIMIT_MEMORI_BYTES": "1"}, "LIMIT_MEMORI_BYTES is not a variable of the executor"),
        ({"KERNEL_NETWORK": "some"}, "KERNEL_NETWORK"),
        ({"LIMIT_MEMORY_BYTES": "-1"}, "LIMIT_MEMORY_BYTES"),
        ({"LIMIT_TIMEOUT_MAX_SECONDS": "60"}, "LIMIT_TIMEOUT_SECONDS is larger"),
    ],
)
def test_variables_that_the_executor_would_refuse_stop_the_preview(
    variables: dict[str, str], problem: str
) -> None:
    with pytest.raises(BindingError, match=problem):
        check_executor_environment(variables)


def test_what_this_process_has_in_its_environment_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIMIT_QUEUE", "many")

    check_executor_environment({"PORT": "8080"})


def test_the_alb_route_goes_through_a_sticky_load_balancer(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment, route="alb", longest_execution_seconds=3600)

    balancer, targets = recording.one(LOAD_BALANCER), recording.one(TARGETS)
    assert balancer.inputs["internal"] is True
    assert balancer.inputs["idleTimeout"] > 3600
    assert targets.inputs["deregistrationDelay"] <= 30
    assert targets.inputs["stickiness"]["type"] == "lb_cookie"
    told = recording.exports["environment"]
    assert told["DEEP_INSIGHT_EXECUTOR_ROUTE"] == "alb"
    assert told["DEEP_INSIGHT_LIMIT_EXECUTION_SECONDS"] == "3600"
    assert told["DEEP_INSIGHT_EXECUTOR_URL"] == f"http://{balancer.outputs['dnsName']}"
    assert told["DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN"] == targets.outputs["arn"]
    assert "executor-load-balancer" in recording.exports["reach"]
    assert "executor" not in recording.exports["reach"]


def test_the_direct_route_reaches_the_task_itself(declare: Declare, deployment: Deployment) -> None:
    recording = declared(declare, deployment, route="direct", longest_execution_seconds=7200)

    assert not recording.of_type(LOAD_BALANCER, TARGETS)
    told = recording.exports["environment"]
    assert told["DEEP_INSIGHT_EXECUTOR_ROUTE"] == "direct"
    assert told["DEEP_INSIGHT_LIMIT_EXECUTION_SECONDS"] == "7200"
    assert told["DEEP_INSIGHT_LIMIT_STEP_SECONDS"] == "7800"
    assert told["DEEP_INSIGHT_LIMIT_JOB_SECONDS"] == "15600"
    assert "DEEP_INSIGHT_EXECUTOR_URL" not in told
    assert "executor" in recording.exports["reach"]
    assert "elasticloadbalancing" not in recording.exports["reach"]
    assert "elasticloadbalancing" not in recording.exports["policy"]


def test_nobody_may_connect_to_an_executor_but_its_load_balancer(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)

    group = named(recording, "aws:ec2/securityGroup:SecurityGroup")["executor-task-group"].id
    admitted = [r.name for r in recording.of_type(INGRESS) if r.inputs["securityGroupId"] == group]
    assert admitted == ["executor-load-balancer-to-executor-8080-ingress"]


def test_the_right_to_run_is_for_this_family_in_this_cluster(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)

    found = {s["Sid"]: s for s in json.loads(recording.exports["policy"])["Statement"]}
    cluster = recording.one("aws:ecs/cluster:Cluster").outputs["arn"]
    assert found["RunExecutor"]["Resource"] == [
        "arn:aws:ecs:us-east-1:123456789012:task-definition/deep-insight-test-executor:*"
    ]
    assert found["RunExecutor"]["Condition"] == {"ArnEquals": {"ecs:cluster": cluster}}
    role = named(recording, "aws:iam/role:Role")["executor-task-execution-role"].outputs["arn"]
    assert found["PassExecutionRole"]["Resource"] == [role]
    assert found["PassExecutionRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }


def test_an_execution_longer_than_a_load_balancer_waits_is_refused(
    declare: Declare, deployment: Deployment
) -> None:
    with pytest.raises(BindingError, match="allow at most 3940 s, or use the direct route"):
        declared(declare, deployment, longest_execution_seconds=4000)


def test_the_user_and_the_volumes_are_those_of_the_image() -> None:
    from components.executor_cluster import USER, WRITABLE

    dockerfile = (Path("executor") / "Dockerfile").read_text(encoding="utf-8")

    assert f"USER {USER}" in dockerfile
    assert f"VOLUME {json.dumps(list(WRITABLE.values()))}" in dockerfile
