"""The way to one task's executor: its address, directly or behind the load balancer, and again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from agent_runtime.aws import AwsClients
from agent_runtime.errors import ExecutorError, ExecutorStartError
from agent_runtime.executors.connection import ExecutorGoneError, plain_http_client
from agent_runtime.executors.ecs.balanced_route import OURS, BalancedRoute
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.task_watch import TaskWatch
from agent_runtime.executors.host import Route
from agent_runtime.json_logging import log

PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.25
PROBE_SECONDS = 2.0
LONGEST_RUNNING_PAUSE_SECONDS = 0.4
"""Between two looks at whether a task with an address runs: less than an executor takes from there
to its first answer, so that it is a target by then and misses no health check."""
T = TypeVar("T")


class TaskRoute:
    """Finds the route and finds it again. Waiting ends at once when the task stops."""

    def __init__(
        self,
        clients: AwsClients,
        settings: EcsSettings,
        session_id: str,
        watch: TaskWatch,
        *,
        found: Route | None = None,
        balanced: BalancedRoute | None = None,
    ) -> None:
        """`found` and `balanced`: what is known already of an executor that was claimed."""
        self._clients = clients
        self._settings = settings
        self._session_id = session_id
        self.watch = watch
        self._route = found
        self._balanced = balanced
        self._rerouting = asyncio.Lock()

    async def find(
        self, owns_target: Callable[[BalancedRoute], None], report: Callable[[str, str], None]
    ) -> Route:
        """Wait for the task and its executor. `owns_target` hears of the target before it is
        registered. Raises an `ExecutorError` with the reason."""
        if self._route is None:
            address = await self._address()
            if self._settings.load_balancer_url is None:
                route = Route(f"http://{address}:{self._settings.port}")
                answered = self._answered(route, self._settings.start_seconds)
                self._route = await self._while_running(answered)
            else:
                self._route = await self._balance(address, owns_target, report)
        return self._route

    async def _balance(
        self,
        address: str,
        owns_target: Callable[[BalancedRoute], None],
        report: Callable[[str, str], None],
    ) -> Route:
        settings = self._settings
        balanced = BalancedRoute(self._clients, settings, address)
        self._balanced = balanced
        owns_target(balanced)
        await balanced.register()
        report("executor_running", "The executor runs; the load balancer checks its health.")
        await self._while_running(balanced.wait_until_healthy(settings.health_seconds))
        return await self._while_running(balanced.find(self._session_id, settings.route_seconds))

    async def _address(self) -> str:
        """The task's address. Directly it can be tried before the container runs; a load balancer
        would first find it unhealthy and then trust it only after several checks."""
        try:
            async with asyncio.timeout(self._settings.start_seconds):
                state = await self.watch.wait_for(lambda state: state.address is not None)
                if self._settings.load_balancer_url is not None and not state.runs:
                    state = await self.watch.wait_for(
                        lambda state: state.runs, longest_pause=LONGEST_RUNNING_PAUSE_SECONDS
                    )
        except TimeoutError:
            last = self.watch.last
            lacks = "" if last.address else " and had no address"
            raise ExecutorStartError(
                f"The executor's task was {last.status}{lacks} after "
                f"{self._settings.start_seconds:g} seconds."
            ) from None
        assert state.address is not None
        return state.address

    async def _answered(self, route: Route, seconds: float) -> Route:
        """The route, once our executor answers on it; it is not shown the token for that."""
        pause = PAUSE_SECONDS
        started = time.monotonic()
        headers = {"X-Session-Id": self._session_id}
        try:
            async with asyncio.timeout(seconds), plain_http_client(PROBE_SECONDS) as http:
                while not await _is_ours(http, route, headers):
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
        except TimeoutError:
            raise ExecutorStartError(
                f"The executor's task was {self.watch.last.status} and did not answer within "
                f"{time.monotonic() - started:.0f} seconds."
            ) from None
        return route

    async def _while_running(self, work: Awaitable[T]) -> T:
        """The result of `work`, unless the task stops before: then the reason is the error."""
        working = asyncio.ensure_future(work)
        watching = asyncio.create_task(self.watch.until_stopped())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            return await watching
        finally:
            working.cancel()
            watching.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def find_again(self, lost: Route) -> Route:
        """The way to the same executor, found once for all requests that went astray. Raises
        `ExecutorGoneError`."""
        async with self._rerouting:
            if self._route is not None and self._route is not lost:
                return self._route
            settings = self._settings
            log("route_lost", session_id=self._session_id)
            try:
                if self._balanced is not None:
                    found = self._balanced.find(self._session_id, settings.route_seconds)
                else:
                    # Nobody but this executor answers at its address: what it needs is patience.
                    seconds = min(settings.silence_seconds, settings.route_seconds)
                    found = self._answered(Route(lost.base_url), seconds)
                self._route = await self._while_running(found)
            except ExecutorError as error:
                raise ExecutorGoneError(error.message) from error
            return self._route


async def _is_ours(http: httpx.AsyncClient, route: Route, headers: dict[str, str]) -> bool:
    try:
        response = await http.get(f"{route.base_url}/session", headers=headers)
    except httpx.TransportError:
        return False
    return response.status_code in OURS
