"""Starting a session's task: `RunTask`, once for each attempt that Fargate refused.

The request runs in a thread that nothing cancels and that notes the ARN itself: a job that ends
while the request is on its way still knows which task to stop.
"""

import asyncio
import hashlib
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import ExecutorCapacityError, ExecutorError
from agent_runtime.executors.ecs import launch_errors
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.task_tags import session_tags
from agent_runtime.executors.host import SessionGrant
from agent_runtime.json_logging import log

LONGEST_PAUSE_SECONDS = 30.0
STARTED_BY_CHARACTERS = 128
"""Limit of `startedBy` (ECS API reference, RunTask)."""


def digest_of(token: str) -> str:
    """What an executor is told of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class TaskLaunch:
    """Launches of one session."""

    def __init__(
        self, clients: AwsClients, settings: EcsSettings, report: Callable[[str, str], None]
    ) -> None:
        """`report` takes the phase and the message of a progress event."""
        self._clients = clients
        self._settings = settings
        self._report = report
        self._request: Future[str] | None = None

    async def launch(self, grant: SessionGrant, *, spot: bool) -> str:
        """The ARN of a task that ECS has accepted; an `ExecutorError` says why there is none.

        Missing capacity is waited for, with Spot given up first; everything else fails at once.
        """
        deadline = time.monotonic() + self._settings.capacity_seconds
        pause = self._settings.retry_seconds
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._run_task(grant, attempt, spot=spot)
            except ExecutorCapacityError as error:
                if spot:
                    spot = False
                    self._report(
                        "executor_on_demand",
                        "There is no Spot capacity; the executor starts on demand.",
                    )
                    continue
                wait = pause * random.uniform(0.5, 1.5)  # noqa: S311 (jitter)
                if time.monotonic() + wait > deadline:
                    raise
                self._report(
                    "executor_waiting", f"{error.message} Trying again in {wait:.1f} seconds."
                )
                log("capacity_refused", session_id=grant.session_id, attempt=attempt)
                await asyncio.sleep(wait)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run_task(self, grant: SessionGrant, attempt: int, *, spot: bool) -> str:
        parameters = self._parameters(grant, attempt, spot=spot)
        self._request = self._clients.submit(lambda: self._ask(parameters))
        return await asyncio.shield(asyncio.wrap_future(self._request))

    def _ask(self, parameters: dict[str, Any]) -> str:
        try:
            answer = self._clients.call_now("ecs", "run_task", **parameters)
        except AwsError as error:
            raise launch_errors.of_exception(error) from error
        if not answer["tasks"]:
            raise launch_errors.of_failures(answer["failures"])
        arn: str = answer["tasks"][0]["taskArn"]
        log("task_started", task_arn=arn)
        return arn

    def take_pending(self, seconds: float) -> str | None:
        """The ARN of the newest request, once; waited for from any thread. None: it failed."""
        request, self._request = self._request, None
        if request is None:
            return None
        try:
            return request.result(seconds)
        except ExecutorError:
            return None
        except TimeoutError:
            log("launch_unknown")
            return None

    def _parameters(self, grant: SessionGrant, attempt: int, *, spot: bool) -> dict[str, Any]:
        settings = self._settings
        digest = digest_of(grant.token)
        # The same request again gives the same task; another token or attempt is another request.
        identity = f"{grant.session_id}\n{digest}\n{attempt}"
        started_by = re.sub(r"[^A-Za-z0-9/_-]", "-", f"deep-insight/{grant.session_id}")
        placement: dict[str, Any] = (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
            if spot
            else {"launchType": "FARGATE"}
        )
        return {
            **placement,
            "cluster": settings.cluster_arn,
            "taskDefinition": settings.task_definition_arn,
            "count": 1,
            "clientToken": hashlib.sha256(identity.encode()).hexdigest(),
            "startedBy": started_by[:STARTED_BY_CHARACTERS],
            "propagateTags": "TASK_DEFINITION",
            "tags": session_tags(settings, grant.session_id, "none"),
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": list(settings.subnet_ids),
                    "securityGroups": list(settings.security_group_ids),
                    "assignPublicIp": "DISABLED",
                }
            },
            "overrides": {
                "containerOverrides": [
                    {
                        "name": settings.container_name,
                        "environment": [
                            {"name": "SESSION_ID", "value": grant.session_id},
                            {"name": "SESSION_TOKEN_SHA256", "value": digest},
                        ],
                    }
                ]
            },
        }
