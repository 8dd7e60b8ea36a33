"""Health checks of one load balancer, made by each node for itself."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from tests.fargate.stand_ins.targets import Target

CHECKING = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = ("healthy", "", "")
FAILED = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
MISMATCH = ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes")
TIMED_OUT = ("unhealthy", "Target.Timeout", "Request timed out")


@dataclass(frozen=True)
class HealthCheck:
    """How a target group checks; a new target is healthy after its first good answer."""

    path: str = "/health"
    interval_seconds: float = 0.2
    timeout_seconds: float = 1.0
    healthy_threshold: int = 2
    unhealthy_threshold: int = 2


@dataclass
class _Streak:
    good: int = 0
    bad: int = 0
    failure: tuple[str, str, str] = FAILED


@dataclass
class NodeHealth:
    """One node's checks. `forced` holds what a test wants them to find, by address."""

    node: str
    check: HealthCheck
    forced: dict[str, bool]
    _streaks: dict[str, _Streak] = field(default_factory=dict)

    async def examine(self, target: Target) -> tuple[str, str, str]:
        """Check a target once; this node's state of it."""
        streak = self._streaks.setdefault(target.key, _Streak())
        failure = await self._ask(target)
        if failure is None:
            streak.good, streak.bad = streak.good + 1, 0
        else:
            streak.good, streak.bad, streak.failure = 0, streak.bad + 1, failure
        known = target.node_health.get(self.node)
        needed = 1 if known is None else self.check.healthy_threshold
        if streak.good >= needed:
            target.node_health[self.node] = True
        elif streak.bad >= self.check.unhealthy_threshold:
            target.node_health[self.node] = False
        match target.node_health.get(self.node):
            case True:
                return HEALTHY
            case False:
                return streak.failure
        return CHECKING

    def forget(self, targets: list[Target]) -> None:
        """Drop what is known about targets that are gone."""
        keys = {target.key for target in targets}
        for key in self._streaks.keys() - keys:
            del self._streaks[key]

    async def _ask(self, target: Target) -> tuple[str, str, str] | None:
        """What is wrong with the target, None when nothing is."""
        if (wanted := self.forced.get(target.id)) is not None:
            return None if wanted else FAILED
        try:
            status = await asyncio.wait_for(
                _status(target.id, target.port, self.check.path), self.check.timeout_seconds
            )
        except TimeoutError:
            return TIMED_OUT
        except (OSError, ValueError):
            return FAILED
        return None if status == 200 else MISMATCH


async def _status(host: str, port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ELB-HealthChecker/2.0\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        line = await reader.readline()
        return int(line.split()[1]) if len(line.split()) > 1 else 0
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
