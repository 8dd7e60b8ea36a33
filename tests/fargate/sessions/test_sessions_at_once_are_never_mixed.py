"""Many sessions on one load balancer at the same time; `SESSIONS_AT_ONCE=50` for as many as that.

Each has a real executor, which costs more than a second of a processor to start: by default there
are only so many that the test takes seconds.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from agent_runtime.aws import AwsClients
from agent_runtime.events import Event
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.host import EcsExecutorHost
from agent_runtime.executors.session import ExecutorSession
from agent_runtime.settings import load_settings
from tests.fargate.sessions.deployed_runtime import WHOSE, Platform
from tests.fargate.stand_ins import Account, DeployedStack, LoadBalancer
from tests.fargate.stand_ins.target_health import HealthCheck

SESSIONS = int(os.environ.get("SESSIONS_AT_ONCE", "6"))
EXECUTIONS = 3


@pytest.fixture
def balancer(account: Account, stack: DeployedStack) -> Iterator[LoadBalancer]:
    """Checks health less often the more targets there are: its two nodes run in this process."""
    check = HealthCheck(interval_seconds=max(0.2, SESSIONS / 20), timeout_seconds=5.0)
    with LoadBalancer(account, stack.target_group_arn, check=check) as balancer:
        yield balancer


@pytest.fixture
def settings(platform: Platform) -> Iterator[EcsSettings]:
    environment = platform.stack.runtime_environment(route="alb", url=platform.balancer.url) | {
        "DEEP_INSIGHT_LIMIT_EXECUTOR_START_SECONDS": "300",
        "DEEP_INSIGHT_LIMIT_EXECUTOR_HEALTH_SECONDS": "300",
        "DEEP_INSIGHT_LIMIT_EXECUTOR_ROUTE_SECONDS": "300",
    }
    with patch.dict(os.environ, platform.account.environment("runtime")):
        yield EcsSettings.of(load_settings(environment))


def test_every_session_meets_its_own_executor_and_no_other(
    platform: Platform, settings: EcsSettings, tmp_path: Path
) -> None:
    clients = AwsClients(settings.region, ("ecs", "s3", "elbv2"))
    names = [f"session-at-once-{number:03}-0000000000000000" for number in range(SESSIONS)]

    async def one(name: str) -> None:
        events: list[Event] = []
        host = EcsExecutorHost(name, clients, settings)
        session = ExecutorSession(name, host, [], events.append, restarts=0)
        session.open()
        for count in range(1, EXECUTIONS + 1):
            result = await session.run("python", WHOSE.format(name=name), 120)
            assert (result.status, result.stdout) == ("ok", " ".join([name] * count) + "\n")
        artifacts = await session.close()
        await session.stop()
        assert [artifact.path for artifact in artifacts] == ["whose.txt"]

    async def all_at_once() -> None:
        await asyncio.gather(*map(one, names))

    asyncio.run(all_at_once())
    for name in names:
        expected = " ".join([name] * EXECUTIONS).encode()
        assert platform.objects(name) == {"whose.txt": expected}
    assert len(platform.account.tasks.all()) == SESSIONS
    platform.nothing_is_left()
    counts = platform.account.calls.counts("runtime")
    assert counts["ecs.RunTask"] == counts["ecs.StopTask"] == SESSIONS
    assert counts["elbv2.RegisterTargets"] == counts["elbv2.DeregisterTargets"] == SESSIONS
