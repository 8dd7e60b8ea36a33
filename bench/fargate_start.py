"""What the runtime adds to a task's start: noticing that it runs, the route, and grants."""

import asyncio
import statistics

from bench.fargate_platform import (
    TimedSession,
    ecs_settings,
    running_platform,
    warm_clients,
)
from bench.figure import Figure, at_most
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins import Start
from tests.fargate.stand_ins.target_health import HealthCheck

GROUP = "Session start on Fargate, beyond the task's own start"
TASK_START = Start(provisioning_seconds=2.0, pending_seconds=4.0)
"""Long enough for every poll to have reached its slowest pace, as in the tens of seconds that
Fargate takes."""
HEALTH_SECONDS = 2.0
OWN_SECONDS = 0.5
STARTS = 5
SPACING_SECONDS = 1.7
"""Between two starts: each executor costs about a second of a processor."""


def measure() -> list[Figure]:
    """Every figure of this group."""
    figures: list[Figure] = []
    with running_platform(TASK_START, HealthCheck(interval_seconds=HEALTH_SECONDS)) as platform:
        for route, limit in (("direct", 0.3), ("alb", HEALTH_SECONDS + OWN_SECONDS)):
            figures += _start_figures(route, asyncio.run(_starts(platform, route)), limit)
    return figures


async def _starts(platform: Platform, route: str) -> list[TimedSession]:
    """Several sessions, whose starts overlap but do not begin together; they have ended."""
    settings = ecs_settings(platform, route)
    clients = warm_clients(settings)

    async def start(number: int) -> TimedSession:
        await asyncio.sleep(number * SPACING_SECONDS)
        timed = TimedSession(platform, f"bench-{route}-start-{number:02}-{'0' * 16}")
        await timed.open(clients, settings)
        await timed.wait_until_ready()
        await timed.end()
        return timed

    return await asyncio.gather(*(start(number) for number in range(STARTS)))


def _start_figures(route: str, starts: list[TimedSession], limit: float) -> list[Figure]:
    added = [start.added_seconds for start in starts]
    own = [start.own_seconds for start in starts]
    note = f"{STARTS} starts of 6 s, until executor_ready"
    checked = f"a health check each {HEALTH_SECONDS:g} s; "
    figures = [
        at_most(
            GROUP,
            f"{route}: added, median",
            statistics.median(added),
            "s",
            limit,
            note if route == "direct" else checked + note,
        ),
        at_most(GROUP, f"{route}: added, most", max(added), "s", limit),
    ]
    if route == "alb":
        name = "alb: of it after the checks found it healthy, median"
        figures.append(at_most(GROUP, name, statistics.median(own), "s", OWN_SECONDS))
    return figures
