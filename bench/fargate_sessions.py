"""Fifty sessions at once on one load balancer: errors, mix-ups, and what each costs as they grow.

Executors start only as many at a time as there are processors, and sessions work likewise: what is
measured is how a session fares among many, not how fast this machine starts processes.
"""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from agent_runtime.aws import AwsClients
from agent_runtime.errors import ExecutorError
from agent_runtime.executors.connection import ExecutorGoneError
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from bench.executor_process import BenchError
from bench.fargate_platform import (
    TimedSession,
    ecs_settings,
    keep_quietly,
    running_platform,
    wait_until_idle,
    warm_clients,
)
from bench.figure import Figure, at_most
from tests.fargate.sessions.deployed_runtime import WHOSE, Platform
from tests.fargate.stand_ins.target_health import HealthCheck

GROUP = "Sessions at once on one load balancer"
LEVELS = (5, 5, 5, 20, 50)
"""How many sessions there are, one after the other; those of an equal level are ended before it."""
HEALTH_SECONDS = 2.0
EXECUTIONS = 3
EXECUTION_SECONDS = 60.0
END_SECONDS = 30.0
PATIENCE = {
    "DEEP_INSIGHT_LIMIT_EXECUTOR_START_SECONDS": "300",
    "DEEP_INSIGHT_LIMIT_EXECUTOR_HEALTH_SECONDS": "300",
    "DEEP_INSIGHT_LIMIT_EXECUTOR_ROUTE_SECONDS": "300",
}
FLAT = 1.5
"""Most that a session may take among fifty, compared with one among five."""

T = TypeVar("T")


@dataclass
class Growth:
    """What was seen while there were more and more sessions."""

    added: dict[int, list[float]] = field(default_factory=dict)
    """What starts took beyond the task's and the load balancer's checks, by the number of sessions
    reached."""
    worked: dict[int, list[float]] = field(default_factory=dict)
    """Seconds that each open session's executions took, likewise."""
    calls: dict[int, float] = field(default_factory=dict)
    """AWS calls of a session's start."""
    errors: list[str] = field(default_factory=list)
    mixed: int = 0


def measure() -> list[Figure]:
    """Every figure of this group."""
    check = HealthCheck(interval_seconds=HEALTH_SECONDS, timeout_seconds=10.0)
    with running_platform(check=check) as platform:
        growth = asyncio.run(_grow(platform))
        keep_quietly(platform)
        left = _left(platform)
    return _figures(growth, left)


def _left(platform: Platform) -> int:
    """Tasks and targets that are still there when every process has had the time to end."""
    deadline = time.monotonic() + END_SECONDS
    while platform.account.tasks.live() and time.monotonic() < deadline:
        time.sleep(0.1)
    return len(platform.account.tasks.live()) + len(platform.balancer.registered())


async def _grow(platform: Platform) -> Growth:
    settings = ecs_settings(platform, "alb", **PATIENCE)
    clients = warm_clients(settings)
    gate = asyncio.Semaphore(os.cpu_count() or 1)
    numbers = itertools.count()
    growth = Growth()
    sessions: list[Session] = []
    for level in LEVELS:
        if len(sessions) == level:
            await asyncio.gather(*(session.end() for session in sessions))
            sessions = []
        platform.account.calls.clear()
        missing = level - len(sessions)
        new = [Session(platform, next(numbers), growth, gate) for _ in range(missing)]
        sessions += new
        started = await _all(session.open(clients, settings) for session in new)
        growth.added.setdefault(level, []).extend(started)
        growth.calls[level] = platform.account.calls.counts("runtime").total() / missing
        _spare_checks(platform)
        await asyncio.to_thread(wait_until_idle)
        worked = await _all(session.work() for session in sessions)
        growth.worked.setdefault(level, []).extend(worked)
    await asyncio.gather(*(session.end() for session in sessions))
    return growth


def _spare_checks(platform: Platform) -> None:
    """No more checks of what is healthy: the stand-in makes them in this process, and with fifty
    targets they would take the sessions' time, which a load balancer does not."""
    healthy = platform.balancer.healthy()
    platform.balancer.forced_health.update({target.id: True for target in healthy})


async def _all(steps: Iterable[Awaitable[float | None]]) -> list[float]:
    """What the steps took that did not fail."""
    seconds = [took for took in await asyncio.gather(*steps) if took is not None]
    if not seconds:
        raise BenchError("Every session failed.")
    return seconds


class Session:
    """One session; what goes wrong is noted in `growth`."""

    def __init__(
        self, platform: Platform, number: int, growth: Growth, gate: asyncio.Semaphore
    ) -> None:
        self._name = f"bench-at-once-{number:03}-{'0' * 20}"
        self._timed = TimedSession(platform, self._name)
        self._platform = platform
        self._growth = growth
        self._gate = gate
        self._executions = 0

    async def open(self, clients: AwsClients, settings: EcsSettings) -> float | None:
        """Seconds beyond the task's own start and the load balancer's checks; None: it failed."""
        return await self._noted("start", self._open(clients, settings))

    async def work(self) -> float | None:
        """Seconds of some executions, each of whose artifacts is stored before it counts."""
        return await self._noted("work", self._work())

    async def end(self) -> None:
        """Close and stop; what is stored must be the session's own, and complete."""
        await self._noted("end", self._end())

    async def _noted(self, step: str, taken: Awaitable[T]) -> T | None:
        """A session that fails must not keep the others from being measured."""
        try:
            return await taken
        except (ExecutorError, ExecutorGoneError, BenchError) as error:
            self._growth.errors.append(f"{self._name}, {step}: {error}")
            return None

    async def _open(self, clients: AwsClients, settings: EcsSettings) -> float:
        async with self._gate:
            await self._timed.open(clients, settings)
        await self._timed.wait_until_ready()
        return self._timed.own_seconds

    async def _work(self) -> float:
        async with self._gate:
            started = time.monotonic()
            for _ in range(EXECUTIONS):
                self._executions += 1
                code = WHOSE.format(name=self._name)
                result = await self._timed.session.run("python", code, EXECUTION_SECONDS)
                if result.status != "ok":
                    raise BenchError(f"an execution ended with {result.status}")
                self._growth.mixed += result.stdout != self._mine + "\n"
            return time.monotonic() - started

    async def _end(self) -> None:
        async with self._gate:
            paths = await self._timed.end()
        stored = await asyncio.to_thread(self._platform.objects, self._name)
        if paths != ["whose.txt"] or set(stored) != {"whose.txt"}:
            raise BenchError(f"the artifacts are {paths}, of which {sorted(stored)} arrived")
        self._growth.mixed += stored["whose.txt"].decode() != self._mine

    @property
    def _mine(self) -> str:
        return " ".join([self._name] * self._executions)


def _figures(growth: Growth, left: int) -> list[Figure]:
    first, last = LEVELS[0], LEVELS[-1]
    errors = "; ".join(growth.errors[:3])
    figures = [
        at_most(GROUP, f"{last} sessions: errors", len(growth.errors), "", 0, errors),
        at_most(GROUP, f"{last} sessions: answers or files of another", growth.mixed, "", 0),
        at_most(GROUP, f"{last} sessions: tasks and targets left", left, "", 0),
    ]
    added = {level: statistics.median(seconds) for level, seconds in growth.added.items()}
    worked = {level: statistics.median(seconds) for level, seconds in growth.worked.items()}
    total = {level: added[level] + worked[level] for level in added}
    figures += [
        Figure(
            group=GROUP,
            name=f"{level} at once: a session beyond its healthy task, median",
            value=total[level],
            unit="s",
            note=f"{added[level]:.2f} s until ready, "
            f"{worked[level]:.2f} s for {EXECUTIONS} executions",
        )
        for level in total
    ]
    rows = (
        (f"{last} to {first}: time of a session", total),
        (f"{last} to {first}: time of {EXECUTIONS} executions", worked),
        (f"{last} to {first}: AWS calls of a start", growth.calls),
    )
    return figures + [
        at_most(GROUP, name, values[last] / values[first], "times", FLAT) for name, values in rows
    ]
