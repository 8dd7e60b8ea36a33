"""What the runtime adds to a task's start, and how soon a waiting executor is a session's own."""

import asyncio
import statistics
import time

from agent_runtime.executors.ecs.host import EcsExecutorHost
from agent_runtime.executors.ecs.warm_pool import WarmPool
from agent_runtime.executors.host import SessionGrant
from bench.fargate_platform import (
    TimedSession,
    answers,
    ecs_settings,
    keep_quietly,
    running_platform,
    wait_until_idle,
    warm_clients,
)
from bench.figure import Figure, at_most
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins import Start
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.target_health import HealthCheck

GROUP = "Session start on Fargate, beyond the task's own start"
TASK_START = Start(provisioning_seconds=2.0, pending_seconds=4.0)
"""Long enough for every poll to have reached its slowest pace, as in the tens of seconds that
Fargate takes."""
HEALTH_SECONDS = 2.0
STARTS = 5
SPACING_SECONDS = 1.7
"""Between two starts: each executor costs about a second of a processor."""
CLAIMS = 5


def measure() -> list[Figure]:
    """Every figure of this group."""
    figures = []
    with running_platform(TASK_START, HealthCheck(interval_seconds=HEALTH_SECONDS)) as platform:
        for route, limit in (("direct", 0.3), ("alb", HEALTH_SECONDS + 0.5)):
            figures += _start_figures(route, asyncio.run(_starts(platform, route)), limit)
    with running_platform(Start(), HealthCheck(interval_seconds=0.2)) as platform:
        for route in ("direct", "alb"):
            figures += _claim_figures(platform, route)
    return figures


async def _starts(platform: Platform, route: str) -> list[float]:
    """Seconds added to each of several starts, which overlap but do not begin together."""
    settings = ecs_settings(platform, route)
    clients = warm_clients(settings)

    async def start(number: int) -> float:
        await asyncio.sleep(number * SPACING_SECONDS)
        timed = TimedSession(platform, f"bench-{route}-start-{number:02}-{'0' * 16}")
        await timed.open(clients, settings)
        added = await timed.added_seconds()
        await timed.end()
        return added

    return await asyncio.gather(*(start(number) for number in range(STARTS)))


def _start_figures(route: str, added: list[float], limit: float) -> list[Figure]:
    shown = "" if route == "direct" else f"a health check each {HEALTH_SECONDS:g} s; "
    note = f"{shown}{STARTS} starts of 6 s, until executor_ready"
    return [
        at_most(GROUP, f"{route}: added, median", statistics.median(added), "s", limit, note),
        at_most(GROUP, f"{route}: added, most", max(added), "s", limit),
    ]


def _claim_figures(platform: Platform, route: str) -> list[Figure]:
    _fill_pool(platform, route)
    platform.account.calls.clear()
    seconds = asyncio.run(_claims(platform, route))
    calls = platform.account.calls.counts("runtime")
    claimed = len(platform.account.tasks.live()) == CLAIMS
    note = "" if claimed else "an executor was started besides the waiting ones"
    per_claim = ", ".join(f"{count / CLAIMS:g} {name}" for name, count in sorted(calls.items()))
    figures = [
        at_most(
            GROUP, f"{route}: claim of a waiting executor, median", statistics.median(seconds), "s",
            0.2, note,
        ),
        at_most(GROUP, f"{route}: claim of a waiting executor, most", max(seconds), "s", 0.2),
        Figure(
            group=GROUP, name=f"{route}: AWS calls of a claim", value=calls.total() / CLAIMS,
            unit="", note=per_claim,
        ),
    ]  # fmt: skip
    platform.fargate.stop_all()
    keep_quietly(platform)
    return figures


def _fill_pool(platform: Platform, route: str) -> None:
    """Let the keeper start the pool; all of it waits, reachable, when this returns."""
    stack = platform.stack
    settings = ecs_settings(platform, route)
    variables = {
        "KEEPER_WARM_POOL_SIZE": str(CLAIMS),
        "KEEPER_TASK_DEFINITION_ARN": stack.task_definition_arn,
        "KEEPER_CONTAINER_NAME": settings.container_name,
        "KEEPER_SUBNET_IDS": ",".join(stack.subnet_ids),
        "KEEPER_SECURITY_GROUP_IDS": stack.security_group_id,
        "KEEPER_CLAIM_KEY_ARN": stack.claim_key_arn,
    }
    keep_quietly(platform, **variables)
    tasks = platform.account.tasks.live()
    eventually(lambda: all(t.address and answers(t) for t in tasks), "the pool waits", 60.0)
    keep_quietly(platform, **variables)
    if route == "alb":
        healthy = platform.balancer.healthy
        eventually(lambda: len(healthy()) == CLAIMS, "the pool is healthy", 60.0)
    wait_until_idle()


async def _claims(platform: Platform, route: str) -> list[float]:
    """Seconds from the wish for an executor to its route; each session has a runtime of its own,
    which knows neither the pool nor the claim key yet."""
    settings = ecs_settings(platform, route)
    seconds = []
    for number in range(CLAIMS):
        clients = warm_clients(settings)
        name = f"bench-{route}-claim-{number:02}-{'0' * 16}"
        pool = WarmPool(clients, settings, platform.stack.claim_key_arn)
        host = EcsExecutorHost(name, clients, settings, pool)
        started = time.monotonic()
        await host.start(SessionGrant(name, f"token of {name}"))
        await host.route()
        seconds.append(time.monotonic() - started)
    return seconds
