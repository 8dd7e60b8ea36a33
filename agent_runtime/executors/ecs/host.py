"""One session's executor as a Fargate task: started, reached, fed, watched and stopped."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import httpx

from agent_runtime.aws import AwsClients
from agent_runtime.errors import ExecutorCapacityError, ExecutorError, ExecutorStartError
from agent_runtime.events import Event, Progress
from agent_runtime.executors.client import ExecutorClient, ExecutorGoneError
from agent_runtime.executors.connection import plain_http_client
from agent_runtime.executors.ecs.balanced_route import OURS, BalancedRoute
from agent_runtime.executors.ecs.clean_up import CleanUp
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.object_inputs import ObjectInputs, deliver_all
from agent_runtime.executors.ecs.object_record import ObjectRecord
from agent_runtime.executors.ecs.object_store import ObjectStore
from agent_runtime.executors.ecs.task_launch import TaskLaunch
from agent_runtime.executors.ecs.task_watch import TaskState, TaskWatch
from agent_runtime.executors.ecs.upload_grants import UploadGrants
from agent_runtime.executors.ecs.warm_pool import Claim, WarmPool
from agent_runtime.executors.host import (
    ExecutorHost,
    JobInput,
    ObjectInput,
    Route,
    SessionGrant,
    StoredFile,
)
from agent_runtime.json_logging import log

PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.25
PROBE_SECONDS = 2.0
T = TypeVar("T")


class EcsExecutorHost(ExecutorHost):
    """At most one task at a time."""

    outlives_runtime = True
    flush_seconds = 8.0

    def __init__(
        self,
        session_id: str,
        clients: AwsClients,
        settings: EcsSettings,
        warm_pool: WarmPool | None = None,
    ) -> None:
        self._session_id = session_id
        self._clients = clients
        self._settings = settings
        self._notify: Callable[[Event], None] | None = None
        self._object_record = ObjectRecord(clients, settings, session_id)
        self.record = self._object_record
        self._object_store = ObjectStore(clients, settings, session_id)
        self.store = self._object_store
        self._inputs = ObjectInputs(clients, settings)
        self._grants = UploadGrants(clients, settings, self._object_store.key_prefix)
        self._launch = TaskLaunch(clients, settings, self._report)
        self._clean_up = CleanUp(clients, settings.cluster_arn, self._launch, self._report)
        self._warm_pool = warm_pool
        self._watch: TaskWatch | None = None
        self._balanced: BalancedRoute | None = None
        self._grant: SessionGrant | None = None
        self._route: Route | None = None
        self._rerouting = asyncio.Lock()
        self._may_use_spot = settings.capacity == "spot"

    def report_to(self, notify: Callable[[Event], None]) -> None:
        """Progress of slow steps goes there."""
        self._notify = notify

    def _report(self, phase: str, message: str) -> None:
        if self._notify is not None:
            self._notify(Progress(phase=phase, message=message))

    async def start(self, grant: SessionGrant) -> None:
        """Claim a waiting executor, or start a task; write down its ARN."""
        await self.stop(closed=False)
        self._grant = grant
        if self._warm_pool is not None:
            claim = await self._warm_pool.claim(grant, self._take_over)
            if claim is not None:
                self._route = claim.route
                await self._attend(claim.task_arn)
                self._report("executor_claimed", "A waiting executor was claimed.")
                return
        await self._start_task()

    def _take_over(self, claim: Claim) -> None:
        self._clean_up.owns(claim.task_arn)
        self._balanced = claim.balanced
        if claim.balanced is not None:
            claim.balanced.is_registered = True
            self._clean_up.owns_target(claim.balanced)

    async def _start_task(self) -> None:
        arn = await self._launch.launch(self._given_grant, spot=self._may_use_spot)
        self._clean_up.owns(arn)
        await self._attend(arn)
        self._report("executor_requested", "Fargate has accepted the executor's task.")

    async def _attend(self, task_arn: str) -> None:
        """Write down the task before anything is done with it."""
        await self._object_record.note_task(task_arn)
        self._watch = TaskWatch(
            self._clients, self._settings.cluster_arn, task_arn, self._settings.container_name
        )

    async def route(self) -> Route:
        """Wait for the task and the way to it. Capacity that Fargate takes back is asked for once
        more, on demand. A claimed executor's route is known already."""
        if self._route is not None:
            return self._route
        try:
            self._route = await self._reach()
        except ExecutorCapacityError as error:
            self._report("executor_on_demand", f"{error.message} It is started again on demand.")
            await self.stop(closed=False)
            self._may_use_spot = False
            await self._start_task()
            self._route = await self._reach()
        return self._route

    async def _reach(self) -> Route:
        deadline = time.monotonic() + self._settings.start_seconds
        address = await self._address()
        if self._settings.load_balancer_url is None or self._settings.target_group_arn is None:
            route = Route(f"http://{address}:{self._settings.port}")
            left = max(1.0, deadline - time.monotonic())
            return await self._while_running(self._answered(route, left))
        self._balanced = BalancedRoute(
            self._clients,
            self._settings.load_balancer_url,
            self._settings.target_group_arn,
            address,
            self._settings.port,
        )
        self._clean_up.owns_target(self._balanced)
        await self._balanced.register()
        self._report("executor_running", "The executor runs; the load balancer checks its health.")
        await self._while_running(self._balanced.wait_until_healthy(self._settings.health_seconds))
        return await self._while_running(
            self._balanced.find(self._session_id, self._settings.route_seconds)
        )

    async def _address(self) -> str:
        """The task's address. Directly it can be tried before the container runs; a load balancer
        would first find it unhealthy and then trust it only after several checks."""
        balanced = self._settings.load_balancer_url is not None
        watch = self._given_watch

        def is_wanted(state: TaskState) -> bool:
            return state.address is not None and (state.runs or not balanced)

        try:
            async with asyncio.timeout(self._settings.start_seconds):
                state = await watch.wait_for(is_wanted)
        except TimeoutError:
            last = watch.last
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
        headers = {"X-Session-Id": self._given_grant.session_id}
        try:
            async with asyncio.timeout(seconds), plain_http_client(PROBE_SECONDS) as http:
                while not await _is_ours(http, route, headers):
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
        except TimeoutError:
            raise ExecutorStartError(
                f"The executor's task runs but did not answer within {seconds:.0f} seconds."
            ) from None
        return route

    async def _while_running(self, work: Awaitable[T]) -> T:
        """The result of `work`, unless the task stops before: then the reason is the error."""
        working = asyncio.ensure_future(work)
        watching = asyncio.create_task(self._given_watch.until_stopped())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            return await watching
        finally:
            working.cancel()
            watching.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def reroute(self, lost: Route) -> Route:
        """Find the same executor again, once for all requests that went astray."""
        async with self._rerouting:
            if self._route is not None and self._route is not lost:
                return self._route
            seconds = self._settings.route_seconds
            log("route_lost", session_id=self._session_id)
            try:
                if self._balanced is not None:
                    found = self._balanced.find(self._session_id, seconds)
                else:
                    found = self._answered(Route(lost.base_url), seconds)
                self._route = await self._while_running(found)
            except ExecutorError as error:
                raise ExecutorGoneError(error.message) from error
            return self._route

    async def deliver(self, client: ExecutorClient, inputs: Sequence[JobInput]) -> None:
        """Grant uploads, then let the executor download the inputs."""
        await self._grants.begin(client)
        objects = [item for item in inputs if isinstance(item, ObjectInput)]
        await deliver_all(self._inputs, client, objects)

    async def restore(self, client: ExecutorClient, artifacts: Sequence[StoredFile]) -> None:
        """Let the executor download what its predecessor had uploaded."""
        for stored in artifacts:
            url = await self._object_store.presigned_get(stored.path)
            ended = await client.fetch_input(
                f"artifacts/{stored.path}", url, stored.size, stored.sha256 or None
            )
            if ended["status"] != "ok":
                raise ExecutorError(
                    f"The artifact '{stored.path}' cannot be put back ({ended.get('code')})."
                )

    async def settle(self, client: ExecutorClient) -> None:
        """Wait until the executor has uploaded everything; what it cannot is fetched later."""
        deadline = time.monotonic() + self._settings.flush_seconds
        pause = PAUSE_SECONDS
        while time.monotonic() < deadline:
            uploads = (await client.describe()).get("uploads") or {}
            if not uploads.get("pending"):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        log("uploads_pending", session_id=self._session_id)

    async def is_running(self) -> bool:
        """Whether ECS wants the task to run."""
        return self._watch is not None and await self._watch.is_running()

    async def why_lost(self) -> str:
        """ECS's reason. After a Spot interruption, the next task is on demand."""
        if self._watch is None:
            return ""
        why = await self._watch.why_stopped()
        self._may_use_spot = self._may_use_spot and "SpotInterruption" not in why
        return why

    async def stop(self, *, closed: bool) -> None:  # noqa: ARG002 (ECS is told in any case)
        """Deregister, then stop; goes on in its thread when nobody waits any more."""
        self._grants.end()
        self._watch, self._balanced, self._route = None, None, None
        await self._clients.run(self._clean_up.run)

    def kill(self) -> None:
        """The same in this thread."""
        self._clean_up.run()

    @property
    def _given_watch(self) -> TaskWatch:
        if self._watch is None:
            raise ExecutorStartError("The executor was not started.")
        return self._watch

    @property
    def _given_grant(self) -> SessionGrant:
        if self._grant is None:
            raise ExecutorStartError("The executor was not started.")
        return self._grant


async def _is_ours(http: httpx.AsyncClient, route: Route, headers: dict[str, str]) -> bool:
    try:
        response = await http.get(f"{route.base_url}/session", headers=headers)
    except httpx.TransportError:
        return False
    return response.status_code in OURS
