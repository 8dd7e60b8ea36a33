"""The account, tasks and load balancer that the tests of sessions on Fargate use, for measuring.

Each executor is a real process and the runtime's side is its real code; the services around them
are stand-ins on loopback (docs/decisions/0020-stand-ins-for-aws.md). All of them but the executors
live in this process.
"""

import asyncio
import http.client
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from unittest.mock import patch

from agent_runtime.aws import AwsClients
from agent_runtime.events import Event, Progress
from agent_runtime.executors.connection import trusted_authorities
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.host import EcsExecutorHost
from agent_runtime.executors.session import ExecutorSession
from agent_runtime.settings import load_settings
from bench.executor_process import BenchError
from bench.process_memory import descendants, processor_seconds
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins import Account, Fargate, LoadBalancer, Start, deploy
from tests.fargate.stand_ins.deployed_stack import PORT
from tests.fargate.stand_ins.target_health import HealthCheck
from tests.fargate.stand_ins.tasks import Task

SERVICES = ("ecs", "s3", "elbv2", "secretsmanager")
DEADLINE_SECONDS = 120.0
PROBE_PAUSE_SECONDS = 0.005
HEALTH_PAUSE_SECONDS = 0.01
IDLE_SECONDS = 0.5
IDLE_SHARE = 0.3
"""Of one processor: health checks go on."""


@contextmanager
def running_platform(
    start: Start | None = None, check: HealthCheck | None = None, **limits: str
) -> Iterator[Platform]:
    """A stack in an empty account; `limits` are variables of the executors' container.

    The SDK of this process talks to the account as the runtime while the block runs.
    """
    with Account() as account:
        stack = deploy(account, **limits)
        with (
            patch.dict(os.environ, account.environment("runtime")),
            Fargate(account, start) as fargate,
            LoadBalancer(account, stack.target_group_arn, check=check) as balancer,
        ):
            yield Platform(account, stack, fargate, balancer)


def ecs_settings(platform: Platform, route: str, **variables: str) -> EcsSettings:
    """The settings of a runtime of this stack on the route `direct` or `alb`."""
    environment = platform.stack.runtime_environment(route=route, url=platform.balancer.url)
    return EcsSettings.of(load_settings({**environment, **variables}))


def warm_clients(settings: EcsSettings) -> AwsClients:
    """Clients that are made, as they are in a runtime that has waited for its first request."""
    trusted_authorities()
    clients = AwsClients(settings.region)
    for service in SERVICES:
        clients.client(service)
    return clients


def keep_quietly(platform: Platform, **variables: str) -> None:
    """One run of the keeper, without the log that it writes to standard output."""
    with redirect_stdout(StringIO()):
        platform.keep(**variables)


def wait_until_idle() -> None:
    """Wait for the executors to have loaded what they load beside their first answers."""
    pids = descendants(os.getpid())[1:]
    deadline = time.monotonic() + DEADLINE_SECONDS
    used = sum(map(processor_seconds, pids))
    while time.monotonic() < deadline:
        time.sleep(IDLE_SECONDS)
        before, used = used, sum(map(processor_seconds, pids))
        if used - before < IDLE_SHARE * IDLE_SECONDS:
            return
    raise BenchError("The executors do not come to rest.")


class TimedSession:
    """One session of the product and the moments of its start, on the monotonic clock."""

    def __init__(self, platform: Platform, session_id: str) -> None:
        self.id = session_id
        self._platform = platform
        self._ready_at = 0.0
        self._ended = False
        self.answering_at = 0.0
        """When the task was RUNNING and its process answered, whatever the runtime knew of it."""
        self.healthy_at = 0.0
        """When both nodes of the load balancer had found it healthy; on the direct route, 0."""

    async def open(self, clients: AwsClients, settings: EcsSettings) -> ExecutorSession:
        """Begin to start the executor; returns as soon as its own process answers."""
        host = EcsExecutorHost(self.id, clients, settings)
        self.session = ExecutorSession(self.id, host, [], self._note, restarts=0)
        self.session.open()
        self.answering_at = await asyncio.to_thread(_answering_at, self._platform, self.id)
        if settings.load_balancer_url is not None:
            self._watch = asyncio.create_task(self._watch_health())
        return self.session

    async def _watch_health(self) -> None:
        """Until the target is healthy, or gone with a session that failed."""
        address = self._platform.task_of(self.id).address
        while not self._ended:
            if any(target.id == address for target in self._platform.balancer.healthy()):
                self.healthy_at = time.monotonic()
                return
            await asyncio.sleep(HEALTH_PAUSE_SECONDS)

    def _note(self, event: Event) -> None:
        if isinstance(event, Progress) and event.phase == "executor_ready":
            self._ready_at = time.monotonic()

    async def wait_until_ready(self) -> None:
        """Wait until the session is ready for code."""
        await self.session.list_files("data/")

    @property
    def added_seconds(self) -> float:
        """What it took to be ready beyond the task's own start."""
        return max(0.0, self._ready_at - self.answering_at)

    @property
    def own_seconds(self) -> float:
        """Of that, what came after the load balancer's checks."""
        return max(0.0, self._ready_at - max(self.answering_at, self.healthy_at))

    async def end(self) -> list[str]:
        """Close and stop; the paths of the session's artifacts."""
        self._ended = True
        artifacts = await self.session.close()
        await self.session.stop()
        return [artifact.path for artifact in artifacts]


def _answering_at(platform: Platform, session_id: str) -> float:
    """Poll past the runtime: the account's own table for the task, then its process.

    It is the moment of the answer: the process takes connections some time before it serves them.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        tasks = platform.account.tasks.of_session(session_id)
        if tasks and tasks[-1].status == "RUNNING" and answers(tasks[-1]):
            return time.monotonic()
        time.sleep(PROBE_PAUSE_SECONDS)
    raise BenchError(f"The executor of {session_id} did not start.")


def answers(task: Task) -> bool:
    """Whether the task's process takes work."""
    connection = http.client.HTTPConnection(str(task.address), PORT, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
