"""The load balancer behaves as the real one did in the incidents that the product must survive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer
from tests.fargate.stand_ins.executor_task import headers, run_executor
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task

Executors = Callable[[int], list[Task]]
SLOW = "import time\nfor i in range({n}):\n    print(i, flush=True)\n    time.sleep({pause})"


@pytest.fixture
def executors(
    account: Account, stack: DeployedStack, fargate: Fargate, balancer: LoadBalancer
) -> Executors:
    """Start executors of the sessions s0, s1, … behind the load balancer; returns once healthy."""

    def start(count: int) -> list[Task]:
        tasks = [run_executor(account, stack, f"s{index}") for index in range(count)]
        for task in tasks:
            eventually(lambda: task.address, "the task has an address")  # noqa: B023
            register(account, stack, task)
        eventually(lambda: len(balancer.healthy()) == count, "all targets are healthy")
        return tasks

    return start


def register(account: Account, stack: DeployedStack, task: Task) -> None:
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


def run(client: httpx.Client, name: str, code: str) -> httpx.Response:
    return client.post("/executions", json={"id": name, "language": "python", "code": code})


def states(account: Account, stack: DeployedStack) -> list[tuple[str, str]]:
    answer = account.client("elbv2", "runtime").describe_target_health(
        TargetGroupArn=stack.target_group_arn
    )
    return [
        (item["TargetHealth"]["State"], item["TargetHealth"].get("Reason", ""))
        for item in answer["TargetHealthDescriptions"]
    ]


def test_without_a_cookie_requests_go_round_and_with_one_they_stay(
    executors: Executors, balancer: LoadBalancer
) -> None:
    executors(2)
    answers = [
        httpx.get(f"{balancer.url}/session", headers=headers("s0")).status_code for _ in range(8)
    ]
    assert sorted(answers) == [200] * 4 + [421] * 4

    with stuck_client(balancer, "s0") as client:
        assert {client.get("/session").status_code for _ in range(8)} == {200}
        for index in range(2):
            url = f"{balancer.node_url(index)}/session"
            assert httpx.get(url, headers=headers("s0"), cookies=client.cookies).is_success


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
        eventually(lambda: task.address, "the task has an address")  # noqa: B023
        register(account, stack, task)
    assert {state for state, _ in states(account, stack)} == {"initial"}
    expected = [("unhealthy", "Target.FailedHealthChecks"), ("healthy", "")]
    eventually(lambda: states(account, stack) == expected, "the health of both is known")

    account.client("elbv2", "runtime").deregister_targets(
        TargetGroupArn=stack.target_group_arn, Targets=[{"Id": tasks[1].address, "Port": 8080}]
    )
    assert states(account, stack) == expected[:1]
    assert httpx.get(f"{balancer.url}/health").status_code == 502


def test_an_unhealthy_target_hands_its_clients_to_another_live_one(
    executors: Executors, balancer: LoadBalancer
) -> None:
    mine, other = executors(2)
    with stuck_client(balancer, "s0") as client:
        balancer.forced_health[str(mine.address)] = False
        eventually(lambda: len(balancer.healthy()) == 1, "one target is unhealthy")

        answer = client.get("/session")

        assert answer.status_code == 421
        assert answer.headers.get_list("set-cookie")
        assert balancer.requests[str(other.address), "GET /session"] >= 1


def test_a_dead_target_answers_502_until_checks_notice(
    executors: Executors, balancer: LoadBalancer, fargate: Fargate
) -> None:
    mine, _ = executors(2)
    with stuck_client(balancer, "s0") as client:
        balancer.forced_health[str(mine.address)] = True
        fargate.kill(mine)
        eventually(lambda: mine.status == "STOPPED", "the task has stopped")
        assert client.get("/session").status_code == 502

        balancer.clear_faults()
        eventually(lambda: len(balancer.healthy()) == 1, "the death is noticed")
        assert client.get("/session").status_code == 421


def test_a_silent_answer_is_cut_and_a_late_one_is_504(
    executors: Executors, balancer: LoadBalancer, fargate: Fargate
) -> None:
    (task,) = executors(1)
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


def test_events_pass_as_they_come(executors: Executors, balancer: LoadBalancer) -> None:
    executors(1)
    with (
        stuck_client(balancer, "s0") as client,
        client.stream(
            "POST",
            "/executions",
            json={"id": "e", "language": "python", "code": SLOW.format(n=2, pause=60)},
        ) as response,
    ):
        lines = response.iter_lines()
        eventually(lambda: '"stdout"' in next(lines), "output while the code still runs")
        balancer.cut_all()
        with pytest.raises(httpx.RemoteProtocolError):
            list(lines)
        state = client.get("/executions/e").json()
        assert state["status"] == "running"


def test_a_lost_answer_was_executed_and_a_refused_request_was_not(
    executors: Executors, balancer: LoadBalancer
) -> None:
    executors(1)
    with stuck_client(balancer, "s0") as client:
        balancer.fail(502, executed=True)
        assert run(client, "lost", "1").status_code == 502
        assert client.get("/executions/lost").json()["status"] == "ok"

        balancer.fail(504)
        assert run(client, "refused", "1").status_code == 504
        assert client.get("/executions/refused").status_code == 404


def test_cookies_expire(executors: Executors, balancer: LoadBalancer) -> None:
    executors(2)
    with stuck_client(balancer, "s0") as client:
        cookies = dict(client.cookies)
        balancer.cookie.expire_all()
        answers = [
            httpx.get(f"{balancer.url}/session", headers=headers("s0"), cookies=cookies).status_code
            for _ in range(4)
        ]

    assert set(answers) == {200, 421}


def test_large_bodies_pass_in_both_directions(executors: Executors, balancer: LoadBalancer) -> None:
    executors(1)
    data = bytes(range(256)) * 80_000
    with stuck_client(balancer, "s0") as client:
        assert client.put("/files/data/large.bin", content=data).status_code == 201
        assert client.get("/files/data/large.bin").content == data
        assert client.put("/files/../x", content=data).status_code >= 400
