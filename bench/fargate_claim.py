"""How soon an executor that waits in the warm pool is a session's own, and with how many calls."""

import asyncio
import os
import statistics
import time

from agent_runtime.executors.ecs.host import EcsExecutorHost
from agent_runtime.executors.ecs.warm_pool import WarmPool
from agent_runtime.executors.host import SessionGrant
from bench.fargate_platform import (
    answers,
    ecs_settings,
    keep_quietly,
    running_platform,
    wait_until_idle,
    warm_clients,
)
from bench.figure import Figure, at_most
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins.faults import Slow
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.target_health import HealthCheck

GROUP = "Claim of a waiting executor on Fargate (from the wish for one to the route to it)"
CLAIMS = 5
"""Of each kind."""
MOST_SECONDS = 0.2
MOST_CALLS = {"direct": 5, "alb": 6}
"""Claim key, list and description of the tasks, tags, record; behind a load balancer the targets'
health as well."""
CALL_SECONDS = 0.02
"""What a call within a region takes, roughly; on loopback it takes a quarter of that."""
POOL_SECONDS = 60.0


def measure() -> list[Figure]:
    """Every figure of this group."""
    figures: list[Figure] = []
    with running_platform(check=HealthCheck(interval_seconds=0.5)) as platform:
        for route in ("direct", "alb"):
            _fill_pool(platform, route, 2 * CLAIMS)
            platform.account.calls.clear()
            figures += _figures(platform, route, asyncio.run(_claims(platform, route, "at-once")))
            slow = platform.account.faults.add("*", Slow(CALL_SECONDS), times=None)
            seconds = asyncio.run(_claims(platform, route, "slowly"))
            platform.account.faults.remove(slow)
            name = f"{route}: median with {CALL_SECONDS * 1000:g} ms added to each AWS call"
            figures.append(at_most(GROUP, name, statistics.median(seconds), "s", MOST_SECONDS))
            started = len(platform.account.tasks.live()) - 2 * CLAIMS
            figures.append(at_most(GROUP, f"{route}: executors started besides", started, "", 0))
            platform.fargate.stop_all()
            keep_quietly(platform)
            platform.account.forget()
    return figures


def _fill_pool(platform: Platform, route: str, size: int) -> None:
    """Let the keeper start the pool; all of it waits, reachable and idle, when this returns."""
    stack = platform.stack
    settings = ecs_settings(platform, route)
    variables = {
        "KEEPER_WARM_POOL_SIZE": str(size),
        "KEEPER_TASK_DEFINITION_ARN": stack.task_definition_arn,
        "KEEPER_CONTAINER_NAME": settings.container_name,
        "KEEPER_SUBNET_IDS": ",".join(stack.subnet_ids),
        "KEEPER_SECURITY_GROUP_IDS": stack.security_group_id,
        "KEEPER_CLAIM_KEY_ARN": stack.claim_key_arn,
    }
    keep_quietly(platform, **variables)
    tasks = platform.account.tasks.live()
    reachable = "every executor of the pool answers"
    eventually(lambda: all(t.address and answers(t) for t in tasks), reachable, POOL_SECONDS)
    keep_quietly(platform, **variables)
    if route == "alb":
        healthy = platform.balancer.healthy
        eventually(lambda: len(healthy()) == size, "the pool is healthy", POOL_SECONDS)
    wait_until_idle()


async def _claims(platform: Platform, route: str, kind: str) -> list[float]:
    """Seconds of each claim. Each session has a runtime of its own, which has clients but has used
    none, and knows neither the pool nor the claim key."""
    settings = ecs_settings(platform, route)
    seconds = []
    for number in range(CLAIMS):
        clients = warm_clients(settings)
        name = f"bench-{route}-{kind}-{number:02}-{'0' * 20}"
        pool = WarmPool(clients, settings, platform.stack.claim_key_arn)
        host = EcsExecutorHost(name, clients, settings, pool)
        grant = SessionGrant(name, os.urandom(16).hex())
        started = time.monotonic()
        await host.start(grant)
        await host.route()
        seconds.append(time.monotonic() - started)
    return seconds


def _figures(platform: Platform, route: str, seconds: list[float]) -> list[Figure]:
    calls = platform.account.calls.counts("runtime")
    per_claim = ", ".join(f"{count / CLAIMS:g} {name}" for name, count in sorted(calls.items()))
    return [
        at_most(GROUP, f"{route}: median", statistics.median(seconds), "s", MOST_SECONDS),
        Figure(group=GROUP, name=f"{route}: most of {CLAIMS}", value=max(seconds), unit="s"),
        at_most(
            GROUP,
            f"{route}: AWS calls",
            calls.total() / CLAIMS,
            "",
            MOST_CALLS[route],
            per_claim,
        ),
    ]
