"""The waits of a tear-down: what is asked, what is said, when it ends."""

import asyncio
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pytest
from botocore.stub import Stubber

from components import teardown
from components.deployment import Deployment
from components.executor_cluster import ExecutorCluster, ExecutorClusterArgs
from components.teardown import (
    GROUP,
    SUBNET,
    ExecutorShutdown,
    InterfaceRelease,
    Patience,
    TeardownError,
    lingering_interfaces,
    stop_tasks,
    wait_until_free,
)
from plan.recording import Recording
from tests.components.platform_parts import PREBUILT, network


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def waited(
    looks: Sequence[Sequence[str]], *, deadline: float
) -> tuple[Sequence[str], Clock, list[tuple[str, bool]]]:
    clock, said, remaining = Clock(), [], iter(looks)
    last: Sequence[str] = looks[-1]

    def look() -> Sequence[str]:
        return next(remaining, last)

    left = asyncio.run(
        wait_until_free(
            look,
            "things",
            patience=Patience(deadline=deadline),
            report=lambda text, passing: said.append((text, passing)),
            clock=clock,
            sleep=clock.sleep,
        )
    )
    return left, clock, said


def test_nothing_held_costs_no_wait_and_no_word() -> None:
    left, clock, said = waited([[]], deadline=600)
    assert (left, clock.pauses, said) == ([], [], [])


def test_a_wait_ends_with_the_last_holder_and_reports_each_change() -> None:
    left, _, said = waited([["a", "b"], ["a", "b"], ["b"], []], deadline=600)
    assert left == []
    assert said == [
        ("things: 2; waiting, 0 of 10 minutes", False),
        ("things: 2; waiting, 0 of 10 minutes", True),
        ("things: 1; waiting, 0 of 10 minutes", False),
    ]


def test_pauses_grow_to_a_minute_and_never_pass_the_deadline() -> None:
    left, clock, _ = waited([["a"]], deadline=1000)
    assert left == ["a"]
    assert clock.now == pytest.approx(1000)
    assert clock.pauses[0] < clock.pauses[1] <= max(clock.pauses) == 60


def test_a_long_wait_without_change_is_heard_of_every_ten_minutes() -> None:
    _, _, said = waited([["a"]], deadline=8 * 3600)
    lasting = [text for text, passing in said if not passing]
    assert 40 <= len(lasting) <= 49


def test_no_time_to_wait_means_one_look() -> None:
    left, clock, said = waited([["a"], []], deadline=0)
    assert (left, clock.pauses, said) == (["a"], [], [])


def stubbed(service: str) -> Iterator[tuple[Any, Stubber]]:
    make: Any = boto3.client
    client = make(
        service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with Stubber(client) as stubber:
        yield client, stubber


@pytest.fixture
def ec2() -> Iterator[tuple[Any, Stubber]]:
    yield from stubbed("ec2")


@pytest.fixture
def ecs() -> Iterator[tuple[Any, Stubber]]:
    yield from stubbed("ecs")


def interfaces(*found: tuple[str, str]) -> dict[str, Any]:
    return {
        "NetworkInterfaces": [
            {"NetworkInterfaceId": name, "InterfaceType": kind} for name, kind in found
        ]
    }


def test_every_interface_of_the_runtimes_group_holds_it(ec2: tuple[Any, Stubber]) -> None:
    client, stubber = ec2
    stubber.add_response(
        "describe_network_interfaces",
        interfaces(("eni-2", "agentic_ai"), ("eni-1", "interface")),
        {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]},
    )
    assert lingering_interfaces(client, GROUP, "sg-1") == ["eni-1", "eni-2"]


def test_a_subnet_waits_for_agentcore_alone(ec2: tuple[Any, Stubber]) -> None:
    client, stubber = ec2
    stubber.add_response(
        "describe_network_interfaces",
        interfaces(("eni-2", "agentic_ai"), ("eni-1", "vpc_endpoint")),
        {"Filters": [{"Name": "subnet-id", "Values": ["subnet-1"]}]},
    )
    assert lingering_interfaces(client, SUBNET, "subnet-1") == ["eni-2"]


def _deployment(minutes: int) -> Deployment:
    return Deployment(
        prefix="t", region="us-east-1", account_id="1", interface_release_minutes=minutes
    )


def released(monkeypatch: pytest.MonkeyPatch, client: Any, minutes: int) -> Any:
    monkeypatch.setattr(teardown, "_client", lambda service, region: client)
    monkeypatch.setattr(pulumi, "ResourceHook", lambda name, func: func)
    release = InterfaceRelease("network", deployment=_deployment(minutes))
    args = types.SimpleNamespace(type=GROUP, id="sg-1", name="agent-runtime-group")
    return lambda: asyncio.run(release.wait(args))  # type: ignore[arg-type]


def test_what_is_still_held_is_said_in_one_sentence_with_the_way_out(
    ec2: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = ec2
    held = interfaces(*((f"eni-{number}", "agentic_ai") for number in range(7)))
    stubber.add_response("describe_network_interfaces", held)
    with pytest.raises(TeardownError) as error:
        released(monkeypatch, client, minutes=0)()
    assert str(error.value) == (
        "network interfaces of AgentCore that still use security group sg-1 (agent-runtime-group): "
        "eni-0, eni-1, eni-2, eni-3, eni-4 and 2 more; AWS releases them within 8 hours after the "
        "runtime is gone and nobody else can, so run "
        "`pulumi destroy --run-program --continue-on-error` again later (or set "
        "interfaceReleaseMinutes to wait longer)."
    )


def test_a_group_that_is_free_is_let_go_at_once(
    ec2: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = ec2
    stubber.add_response("describe_network_interfaces", interfaces())
    released(monkeypatch, client, minutes=30)()
    stubber.assert_no_pending_responses()


def test_a_refused_look_says_what_to_do(
    ec2: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = ec2
    stubber.add_client_error("describe_network_interfaces", "UnauthorizedOperation", "not\nallowed")
    with pytest.raises(TeardownError, match=r"(?s)\Alooking for [^\n]*UnauthorizedOperation") as e:
        released(monkeypatch, client, minutes=0)()
    assert "\n" not in str(e.value)
    assert "--run-program" in str(e.value)


def task(name: str, status: str) -> dict[str, str]:
    return {"taskArn": f"arn:aws:ecs:us-east-1:1:task/c/{name}", "lastStatus": status}


def test_every_task_of_the_cluster_is_stopped_and_awaited(ecs: tuple[Any, Stubber]) -> None:
    client, stubber = ecs
    running, going = task("a", "RUNNING"), task("b", "STOPPING")
    arns = {"RUNNING": [running["taskArn"]], "STOPPED": [going["taskArn"]]}
    stubber.add_response(
        "list_tasks", {"taskArns": arns["RUNNING"]}, {"cluster": "c", "desiredStatus": "RUNNING"}
    )
    stubber.add_response("describe_tasks", {"tasks": [running], "failures": []})
    stubber.add_response("stop_task", {"task": running})
    stubber.add_response(
        "list_tasks", {"taskArns": arns["STOPPED"]}, {"cluster": "c", "desiredStatus": "STOPPED"}
    )
    stubber.add_response("describe_tasks", {"tasks": [going], "failures": []})
    assert stop_tasks(client, "c") == ["a", "b"]
    stubber.assert_no_pending_responses()


def test_a_cluster_that_is_gone_has_no_tasks(ecs: tuple[Any, Stubber]) -> None:
    client, stubber = ecs
    stubber.add_client_error("list_tasks", "ClusterNotFoundException")
    assert stop_tasks(client, "c") == []


def test_a_stop_that_is_refused_says_so(
    ecs: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = ecs
    stubber.add_client_error("list_tasks", "AccessDeniedException")
    monkeypatch.setattr(teardown, "_client", lambda service, region: client)
    monkeypatch.setattr(pulumi, "ResourceHook", lambda name, func: func)
    shutdown = ExecutorShutdown("executor", deployment=_deployment(30))
    args = types.SimpleNamespace(id="c", name="executor-cluster")
    with pytest.raises(TeardownError, match="stopping the executors of executor-cluster failed"):
        asyncio.run(shutdown.stop(args))  # type: ignore[arg-type]


def hooked(declare: Callable[..., Recording], deployment: Deployment) -> dict[str, Any]:
    def program() -> None:
        ExecutorCluster(
            "executor",
            ExecutorClusterArgs(
                deployment=deployment,
                network=network(deployment),
                context=Path("executor"),
                keeper=Path("keeper"),
                builder="prebuilt",
                prebuilt=PREBUILT,
            ),
        )

    resources = declare(program).resources.values()
    return {item.name: item.before_delete for item in resources if item.before_delete}


def test_the_engine_is_told_to_wait_before_it_deletes(
    declare: Callable[..., Recording], deployment: Deployment
) -> None:
    assert hooked(declare, deployment) == {
        "network-private-use1-az1": ("network-interface-release",),
        "network-private-use1-az2": ("network-interface-release",),
        "executor-capacity": ("executor-executor-shutdown",),
        "executor-cluster": ("executor-executor-shutdown",),
    }


def test_a_protected_stack_is_refused_by_the_engine_alone(
    declare: Callable[..., Recording], protected: Deployment
) -> None:
    assert hooked(declare, protected) == {}
