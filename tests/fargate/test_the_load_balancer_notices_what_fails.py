"""Health checks, dead targets and silence at the load balancer, as the real one treats them."""

from __future__ import annotations

import httpx
import pytest

from tests.fargate.balanced_executors import SLOW, register, start, stuck_client
from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer
from tests.fargate.stand_ins.executor_task import run_executor
from tests.fargate.stand_ins.polling import eventually


def states(account: Account, stack: DeployedStack) -> list[tuple[str, str]]:
    answer = account.client("elbv2", "runtime").describe_target_health(
        TargetGroupArn=stack.target_group_arn
    )
    return [
        (item["TargetHealth"]["State"], item["TargetHealth"].get("Reason", ""))
        for item in answer["TargetHealthDescriptions"]
    ]


def test_health_is_what_the_checks_found(
    account: Account,
    stack: DeployedStack,
    fargate: Fargate,
    balancer: LoadBalancer,
) -> None:
    assert httpx.get(f"{balancer.url}/session").status_code == 503
    fargate.next_start(listens=False)
    fargate.next_start()
    tasks = [run_executor(account, stack, name) for name in ("s0", "s1")]
    for task in tasks:
        register(account, stack, task)
    assert {state for state, _ in states(account, stack)} == {"initial"}
    expected = [("unhealthy", "Target.FailedHealthChecks"), ("healthy", "")]
    eventually(lambda: states(account, stack) == expected, "the health of both is known")

    account.client("elbv2", "runtime").deregister_targets(
        TargetGroupArn=stack.target_group_arn, Targets=[{"Id": tasks[1].address, "Port": 8080}]
    )
    assert states(account, stack) == expected[:1]
    assert httpx.get(f"{balancer.url}/health").status_code == 502


def test_a_dead_target_answers_502_until_checks_notice(
    account: Account, stack: DeployedStack, balancer: LoadBalancer, fargate: Fargate
) -> None:
    mine, _ = start(account, stack, balancer, 2)
    with stuck_client(balancer, "s0") as client:
        balancer.forced_health[str(mine.address)] = True
        fargate.kill(mine)
        eventually(lambda: mine.status == "STOPPED", "the task has stopped")
        assert client.get("/session").status_code == 502

        balancer.clear_faults()
        eventually(lambda: len(balancer.healthy()) == 1, "the death is noticed")
        assert client.get("/session").status_code == 421


def test_a_silent_answer_is_cut_and_a_late_one_is_504(
    account: Account, stack: DeployedStack, balancer: LoadBalancer, fargate: Fargate
) -> None:
    (task,) = start(account, stack, balancer, 1)
    balancer.idle_seconds = 0.5
    with stuck_client(balancer, "s0") as client:
        with (
            pytest.raises(httpx.RemoteProtocolError),
            client.stream(
                "POST",
                "/executions",
                json={"id": "e", "language": "python", "code": SLOW.format(n=1, pause=4)},
            ) as response,
        ):
            for _ in response.iter_lines():
                pass
        balancer.forced_health[str(task.address)] = True
        fargate.freeze(task)
        assert client.get("/health").status_code == 504
        fargate.freeze(task, frozen=False)
