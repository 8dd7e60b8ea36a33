"""The load balancer keeps a client at its target as the real one does, and loses it as that did."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.fargate.balanced_executors import SLOW, start, stuck_client
from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer
from tests.fargate.stand_ins.executor_task import headers
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task

Pair = tuple[LoadBalancer, Task, Task]


@pytest.fixture(scope="module")
def shared_pair(shared_account: Account, stack: DeployedStack) -> Iterator[Pair]:
    """The executors of s0 and s1 behind a load balancer, for this file."""
    with (
        Fargate(shared_account),
        LoadBalancer(shared_account, stack.target_group_arn) as balancer,
    ):
        mine, other = start(shared_account, stack, balancer, 2)
        yield balancer, mine, other


@pytest.fixture
def pair(shared_pair: Pair) -> Iterator[Pair]:
    """Both healthy, with no faults."""
    yield shared_pair
    balancer, _, _ = shared_pair
    balancer.clear_faults()
    eventually(lambda: len(balancer.healthy()) == 2, "both targets are healthy")


@pytest.fixture
def balancer(pair: Pair) -> LoadBalancer:
    return pair[0]


def run(client: httpx.Client, name: str, code: str) -> httpx.Response:
    return client.post("/executions", json={"id": name, "language": "python", "code": code})


def test_without_a_cookie_requests_go_round_and_with_one_they_stay(balancer: LoadBalancer) -> None:
    answers = [
        httpx.get(f"{balancer.url}/session", headers=headers("s0")).status_code for _ in range(8)
    ]
    assert sorted(answers) == [200] * 4 + [421] * 4

    with stuck_client(balancer, "s0") as client:
        assert {client.get("/session").status_code for _ in range(8)} == {200}
        for index in range(2):
            url = f"{balancer.node_url(index)}/session"
            assert httpx.get(url, headers=headers("s0"), cookies=client.cookies).is_success


def test_an_unhealthy_target_hands_its_clients_to_another_live_one(pair: Pair) -> None:
    balancer, mine, other = pair
    with stuck_client(balancer, "s0") as client:
        balancer.forced_health[str(mine.address)] = False
        eventually(lambda: len(balancer.healthy()) == 1, "one target is unhealthy")

        answer = client.get("/session")

        assert answer.status_code == 421
        assert answer.headers.get_list("set-cookie")
        assert balancer.requests[str(other.address), "GET /session"] >= 1


def test_events_pass_as_they_come(balancer: LoadBalancer) -> None:
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
        assert client.post("/executions/e/interrupt").is_success


def test_a_lost_answer_was_executed_and_a_refused_request_was_not(balancer: LoadBalancer) -> None:
    with stuck_client(balancer, "s0") as client:
        balancer.fail(502, executed=True)
        assert run(client, "lost", "1").status_code == 502
        assert client.get("/executions/lost").json()["status"] == "ok"

        balancer.fail(504)
        assert run(client, "refused", "1").status_code == 504
        assert client.get("/executions/refused").status_code == 404


def test_cookies_expire(balancer: LoadBalancer) -> None:
    with stuck_client(balancer, "s0") as client:
        cookies = dict(client.cookies)
        balancer.cookie.expire_all()
        answers = [
            httpx.get(f"{balancer.url}/session", headers=headers("s0"), cookies=cookies).status_code
            for _ in range(4)
        ]

    assert set(answers) == {200, 421}


def test_large_bodies_pass_in_both_directions(balancer: LoadBalancer) -> None:
    data = bytes(range(256)) * 80_000
    with stuck_client(balancer, "s0") as client:
        assert client.put("/files/data/large.bin", content=data).status_code == 201
        assert client.get("/files/data/large.bin").content == data
        assert client.put("/files/../x", content=data).status_code >= 400
