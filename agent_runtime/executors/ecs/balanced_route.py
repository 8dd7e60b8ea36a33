"""The way to one executor through a load balancer that others share.

The executor is registered as a target. Once it is healthy, requests without a cookie are sent until
ours answers: its answer carries the cookie that leads to it. They carry the session's id but not
its token, which therefore never reaches another session's executor: ours answers 401, all others
421.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import ExecutorConfigurationError, ExecutorStartError
from agent_runtime.executors.connection import plain_http_client, sticky_cookie
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.host import Route
from agent_runtime.json_logging import log

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
LONGEST_HEALTH_PAUSE_SECONDS = 0.3
"""What noticing a healthy target adds to the health check's own interval, which is seconds."""
EAGER_HEALTH_SECONDS = 15.0
"""After these, or when AWS refuses for now, health is looked at with the longest pause: a second
more is little then."""
SEARCHERS = 4
"""Requests under way at once. A round robin over n targets needs about n of them in all."""
EAGER_ANSWERS = 400
"""Other executors' answers after which the search slows down."""
ANSWER_SECONDS = 5.0
OURS = frozenset({200, 401})
OTHERS = frozenset({409, 421})
"""Of an executor that waits for a claim, and of another session's."""


@dataclass
class Search:
    """What a search for the cookie met; for messages."""

    others: int = 0
    failures: int = 0
    cookie: str | None = field(default=None, repr=False)


class BalancedRoute:
    """Registration, health and cookie of one target."""

    def __init__(self, clients: AwsClients, settings: EcsSettings, address: str) -> None:
        self._clients = clients
        self._url = settings.load_balancer_url or ""
        self._targets: dict[str, Any] = {
            "TargetGroupArn": settings.target_group_arn,
            "Targets": [{"Id": address, "Port": settings.port}],
        }
        self.is_registered = False
        self._health = ""
        self._throttled = False

    async def register(self) -> None:
        """Make the executor a target. Raises `ExecutorConfigurationError`."""
        self.is_registered = True
        try:
            await self._clients.call("elbv2", "register_targets", **self._targets)
        except AwsError as error:
            raise ExecutorConfigurationError(
                f"The executor cannot be registered with the load balancer: {error}"
            ) from error

    async def wait_until_healthy(self, seconds: float) -> None:
        """Poll the target's health. Raises `ExecutorStartError` after so many seconds."""
        pause = FIRST_PAUSE_SECONDS
        eager_until = time.monotonic() + EAGER_HEALTH_SECONDS
        try:
            async with asyncio.timeout(seconds):
                while not await self._is_healthy():
                    eager = not self._throttled and time.monotonic() < eager_until
                    longest = LONGEST_HEALTH_PAUSE_SECONDS if eager else LONGEST_PAUSE_SECONDS
                    pause = min(pause * 1.5, longest)
                    await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
        except TimeoutError:
            raise ExecutorStartError(
                f"The executor was not healthy behind the load balancer within {seconds:g} "
                f"seconds ({self._health or 'no answer'})."
            ) from None

    async def _is_healthy(self) -> bool:
        try:
            answer = await self._clients.call("elbv2", "describe_target_health", **self._targets)
        except AwsError as error:
            if not error.is_transient:
                raise ExecutorConfigurationError(
                    f"The load balancer does not tell the executor's health: {error}"
                ) from error
            self._health = error.code
            self._throttled = True
            return False
        described = answer["TargetHealthDescriptions"]
        health = described[0]["TargetHealth"] if described else {}
        parts = (health.get("State", "unknown"), health.get("Reason"), health.get("Description"))
        self._health = ", ".join(part for part in parts if part)
        return bool(health.get("State") == "healthy")

    async def find(self, session_id: str, seconds: float) -> Route:
        """A route whose cookie leads to our executor. Raises `ExecutorStartError`."""
        search = Search()
        headers = {"X-Session-Id": session_id}
        try:
            async with asyncio.timeout(seconds), plain_http_client(ANSWER_SECONDS) as http:
                searchers = [
                    asyncio.create_task(self._search(http, headers, search))
                    for _ in range(SEARCHERS)
                ]
                try:
                    ended, _ = await asyncio.wait(searchers, return_when=asyncio.FIRST_COMPLETED)
                    ended.pop().result()
                finally:
                    for searcher in searchers:
                        searcher.cancel()
                    await asyncio.gather(*searchers, return_exceptions=True)
        except TimeoutError:
            raise ExecutorStartError(
                f"The load balancer did not lead to the executor within {seconds:g} seconds: "
                f"{search.others} answers were other executors', {search.failures} were none."
            ) from None
        if search.cookie is None:
            raise ExecutorConfigurationError(
                "The load balancer answers without a cookie; switch on the stickiness of its "
                "target group."
            )
        log("cookie_found", others=search.others, failures=search.failures)
        return Route(self._url, {"Cookie": search.cookie})

    async def _search(
        self, http: httpx.AsyncClient, headers: dict[str, str], search: Search
    ) -> None:
        """Ask until ours answers; in the beginning without pauses, for each answer is new."""
        pause = 0.0
        while True:
            try:
                response = await http.get(f"{self._url}/session", headers=headers)
            except httpx.TransportError:
                search.failures += 1
                pause = max(pause, FIRST_PAUSE_SECONDS)
            else:
                if response.status_code in OURS:
                    search.cookie = search.cookie or sticky_cookie(response)
                    return
                if response.status_code in OTHERS:
                    search.others += 1
                else:
                    search.failures += 1
                    pause = max(pause, FIRST_PAUSE_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
            if search.others > EAGER_ANSWERS:
                pause = min(max(pause, FIRST_PAUSE_SECONDS) * 1.2, LONGEST_PAUSE_SECONDS)

    def deregister(self) -> None:
        """Take the target out again, from any thread; raises `AwsError`."""
        if self.is_registered:
            self._clients.call_now("elbv2", "deregister_targets", **self._targets)
            self.is_registered = False
