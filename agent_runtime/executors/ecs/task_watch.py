"""What ECS says about one task: its address, that it still runs, or why it stopped."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import ExecutorStartError
from agent_runtime.executors.ecs import launch_errors
from agent_runtime.json_logging import log

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
THROTTLED_PAUSE_SECONDS = 3.0
INVISIBLE_SECONDS = 30.0
"""How long a new task may be unknown to DescribeTasks, which is eventually consistent."""
EXIT_CODE_SECONDS = 3.0
"""How long a stopping task may take to show its container's exit code."""


@dataclass(frozen=True)
class TaskState:
    """One answer about a task. `address` is None until its network interface is attached."""

    status: str
    stopping: bool
    address: str | None = None
    stop_code: str = ""
    reason: str = ""
    ended: bool = False
    """Whether the container's own end is shown: ECS says that a task stops before it says why."""

    @property
    def runs(self) -> bool:
        """Whether the container was started and nothing has ended it."""
        return self.status == "RUNNING" and not self.stopping


MISSING = TaskState("MISSING", stopping=False)


class TaskWatch:
    """Watches one task by polling, faster at first and slower when it is throttled."""

    def __init__(
        self, clients: AwsClients, cluster_arn: str, task_arn: str, container_name: str
    ) -> None:
        self._clients = clients
        self._cluster_arn = cluster_arn
        self.arn = task_arn
        self._container_name = container_name
        self._born = time.monotonic()
        self.last = MISSING

    async def state(self) -> TaskState:
        """What ECS says now; raises `AwsError`."""
        answer = await self._clients.call(
            "ecs", "describe_tasks", cluster=self._cluster_arn, tasks=[self.arn]
        )
        self.last = self._state(answer["tasks"][0]) if answer["tasks"] else MISSING
        return self.last

    def _state(self, task: dict[str, Any]) -> TaskState:
        stopping = task.get("desiredStatus") == "STOPPED" or task["lastStatus"] == "STOPPED"
        return TaskState(
            status=task["lastStatus"],
            stopping=stopping,
            address=address_of(task),
            stop_code=task.get("stopCode", ""),
            reason=self._reason(task) if stopping else "",
            ended=task["lastStatus"] == "STOPPED" or "exitCode" in self._container(task),
        )

    def _container(self, task: dict[str, Any]) -> dict[str, Any]:
        containers: list[dict[str, Any]] = task.get("containers", [])
        return next((c for c in containers if c["name"] == self._container_name), {})

    def _reason(self, task: dict[str, Any]) -> str:
        """ECS's reason, then the container's own, as one line."""
        container = self._container(task)
        parts = [task.get("stoppedReason", ""), container.get("reason", "")]
        if container.get("exitCode") is not None:
            parts.append(f"exit code {container['exitCode']}")
        text = "; ".join(part.rstrip(". ") for part in parts if part) or "no reason given"
        return " ".join(text.split())[:400] + "."

    async def wait_for(
        self,
        wanted: Callable[[TaskState], bool],
        *,
        longest_pause: float = LONGEST_PAUSE_SECONDS,
    ) -> TaskState:
        """Poll until the state is as wanted; an `ExecutorError` when the task stops before."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            throttled = 0.0
            try:
                state = await self.state()
            except AwsError as error:
                if not error.is_transient:
                    raise ExecutorStartError(
                        f"The executor's task cannot be watched: {error}"
                    ) from error
                log("describe_tasks_failed", code=error.code)
                throttled = THROTTLED_PAUSE_SECONDS
                longest_pause = min(longest_pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                if state.stopping:
                    raise await self._stopped(state)
                if state is MISSING and not self._is_new:
                    raise ExecutorStartError("ECS does not know the executor's task any more.")
                if wanted(state):
                    return state
            await asyncio.sleep(max(pause, throttled) * random.uniform(0.5, 1.5))  # noqa: S311
            pause = min(pause * 1.5, longest_pause)

    async def until_stopped(self) -> NoReturn:
        """Poll until the task stops, which is an `ExecutorError`."""
        await self.wait_for(lambda _: False)
        raise ExecutorStartError("The executor's task is not watched any more.")

    @property
    def _is_new(self) -> bool:
        return time.monotonic() < self._born + INVISIBLE_SECONDS

    async def _stopped(self, state: TaskState) -> Exception:
        """The error, with the container's own reason if that appears soon."""
        state = await self._ended(state)
        log("task_stopped_early", task_arn=self.arn, code=state.stop_code, reason=state.reason)
        return launch_errors.of_stopped(state.stop_code, state.reason)

    async def _ended(self, state: TaskState) -> TaskState:
        """A stopping task's state once its container's end is shown, or the last one seen."""
        deadline = time.monotonic() + EXIT_CODE_SECONDS
        while not state.ended and time.monotonic() < deadline:
            await asyncio.sleep(FIRST_PAUSE_SECONDS)
            try:
                state = await self.state()
            except AwsError as error:
                log("describe_tasks_failed", code=error.code)
                break
        return state

    async def is_running(self) -> bool:
        """Whether ECS still wants the task to run; True when ECS cannot be asked."""
        try:
            state = await self.state()
        except AwsError as error:
            log("describe_tasks_failed", code=error.code)
            return True
        return not state.stopping and (state is not MISSING or self._is_new)

    async def why_stopped(self) -> str:
        """One sentence about a task that was lost; empty when ECS says nothing."""
        try:
            state = await self.state()
        except AwsError:
            return ""
        if not state.stopping:
            return ""
        state = await self._ended(state)
        return f"{state.stop_code}: {state.reason}" if state.stop_code else state.reason


def address_of(task: dict[str, Any]) -> str | None:
    """The private address of a described task, once its network interface has one."""
    for attachment in task.get("attachments", []):
        if attachment["type"] != "ElasticNetworkInterface":
            continue
        for detail in attachment["details"]:
            if detail["name"] == "privateIPv4Address":
                return str(detail["value"])
    return None
