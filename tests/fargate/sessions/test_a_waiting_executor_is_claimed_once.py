"""The warm pool from the runtime's side: one claim wins, the others start a task of their own."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from agent_runtime.aws import AwsClients
from agent_runtime.errors import ExecutorStartError
from agent_runtime.executors.client import ExecutorClient
from agent_runtime.executors.ecs.balanced_route import BalancedRoute
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.host import EcsExecutorHost
from agent_runtime.executors.ecs.warm_pool import WarmPool
from agent_runtime.executors.host import Route, SessionGrant
from agent_runtime.settings import load_settings
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins.faults import Refuse
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task


class Pool:
    """A stack with a warm pool, filled by the keeper, and hosts that share this process."""

    def __init__(self, platform: Platform, route: str) -> None:
        self.platform = platform
        environment = platform.stack.runtime_environment(route=route, url=platform.balancer.url)
        environment["DEEP_INSIGHT_WARM_CLAIM_KEY_ARN"] = platform.stack.claim_key_arn
        self.settings = EcsSettings.of(load_settings(environment))
        self.clients = AwsClients(self.settings.region, ("ecs", "s3", "elbv2", "secretsmanager"))

    def fill(self, size: int) -> list[Task]:
        """Let the keeper start this many executors; they wait, reachable, when this returns."""
        stack = self.platform.stack
        variables = {
            "KEEPER_WARM_POOL_SIZE": str(size),
            "KEEPER_TASK_DEFINITION_ARN": stack.task_definition_arn,
            "KEEPER_CONTAINER_NAME": self.settings.container_name,
            "KEEPER_SUBNET_IDS": ",".join(stack.subnet_ids),
            "KEEPER_SECURITY_GROUP_IDS": stack.security_group_id,
            "KEEPER_CLAIM_KEY_ARN": stack.claim_key_arn,
        }
        self.platform.keep(**variables)
        tasks = self.platform.account.tasks.live()
        assert len(tasks) == size
        eventually(lambda: all(answers(task) for task in tasks), "the pool waits")
        self.platform.keep(**variables)
        if self.settings.target_group_arn is not None:
            eventually(lambda: len(self.platform.balancer.healthy()) == size, "the pool is healthy")
        return tasks

    def host(self, session_id: str) -> EcsExecutorHost:
        pool = WarmPool(self.clients, self.settings, self.platform.stack.claim_key_arn)
        return EcsExecutorHost(session_id, self.clients, self.settings, pool)


def answers(task: Task) -> bool:
    try:
        url = f"http://{task.address}:8080/health"
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(params=["direct", "alb"])
def pool(request: pytest.FixtureRequest, platform: Platform) -> Iterator[Pool]:
    with patch.dict(os.environ, platform.account.environment("runtime")):
        yield Pool(platform, request.param)


async def ready(host: EcsExecutorHost, session_id: str) -> tuple[Route, SessionGrant, float]:
    """Start a session's executor; its route, grant and how long that took."""
    grant = SessionGrant(session_id, f"token of {session_id}")
    started = time.monotonic()
    await host.start(grant)
    route = await host.route()
    return route, grant, time.monotonic() - started


async def answer(host: EcsExecutorHost, route: Route, grant: SessionGrant, code: str) -> list[str]:
    """What code prints in the session's executor."""
    async with ExecutorClient(route, grant, host.is_running, host.reroute) as client:
        events = [event async for event in client.execute("x-1", "python", code, 30)]
    assert events[-1]["status"] == "ok"
    return [event["text"] for event in events if event["type"] == "stdout"]


def test_two_runtimes_that_claim_at_once_get_different_executors(
    pool: Pool, tmp_path: Path
) -> None:
    (waiting,) = pool.fill(1)
    account = pool.platform.account
    start_up_id = waiting.tags["deep-insight:session"]
    names = ("session-of-the-first-runtime-000001", "session-of-the-second-runtime-00002")

    async def scenario() -> None:
        hosts = [pool.host(name) for name in names]
        found = await asyncio.gather(*map(ready, hosts, names))
        for host, (route, grant, _) in zip(hosts, found, strict=True):
            code = f"print({grant.session_id!r})"
            assert await answer(host, route, grant, code) == [f"{grant.session_id}\n"]
        for host in hosts:
            assert await host.is_running()
        old = httpx.get(
            f"http://{waiting.address}:8080/session",
            headers={"X-Session-Id": start_up_id}, trust_env=False,
        )  # fmt: skip
        assert old.status_code == 421
        for host in hosts:
            await host.stop(closed=False)

    asyncio.run(scenario())
    first, second = account.tasks.all()
    assert (first, second.tags["deep-insight:pool"]) == (waiting, "none")
    assert waiting.tags["deep-insight:pool"] == "claimed"
    owners = {task.tags["deep-insight:session"] for task in (first, second)}
    assert owners == set(names)
    pool.platform.nothing_is_left()


@pytest.mark.parametrize("pool", ["alb"], indirect=True)
@pytest.mark.parametrize("call", ["secretsmanager.GetSecretValue", "ecs.TagResource"])
def test_a_pool_that_cannot_be_used_costs_a_start_and_not_the_session(
    pool: Pool, tmp_path: Path, call: str
) -> None:
    """A claim without tags would count as waiting, and be stopped as such, so it is given up."""
    platform = pool.platform
    (waiting,) = pool.fill(1)
    platform.account.faults.add(call, Refuse("AccessDeniedException", "not authorized"), times=None)
    claimed = call == "ecs.TagResource"

    async def scenario() -> None:
        name = "session-without-a-usable-pool-00001"
        host = pool.host(name)
        route, grant, _ = await ready(host, name)
        assert await answer(host, route, grant, "print(1)") == ["1\n"]
        assert waiting.stop_requested.is_set() == claimed
        assert len(platform.account.tasks.all()) == 2
        addresses = [platform.task_of(name).address] + [waiting.address] * (not claimed)
        assert sorted(target.id for target in platform.balancer.registered()) == sorted(addresses)
        await host.stop(closed=False)

    asyncio.run(scenario())


@pytest.mark.parametrize("pool", ["alb"], indirect=True)
def test_a_search_for_another_executor_passes_those_that_wait(pool: Pool, tmp_path: Path) -> None:
    (waiting,) = pool.fill(1)
    pool.platform.balancer.fail(409, times=2)
    assert waiting.address is not None
    route = BalancedRoute(pool.clients, pool.settings, waiting.address)
    with pytest.raises(ExecutorStartError, match=r"[1-9]\d* answers were other .* 0 were none"):
        asyncio.run(route.find("session-whose-executor-is-not-there", 0.3))
    assert pool.platform.balancer.requests[waiting.address, "GET /session"] > 0
