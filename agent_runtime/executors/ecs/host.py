"""One session's executor as a Fargate task: started, reached, fed, watched and stopped."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from agent_runtime.aws import AwsClients
from agent_runtime.errors import ExecutorCapacityError, ExecutorError, ExecutorStartError
from agent_runtime.events import Event, Progress
from agent_runtime.executors.client import ExecutorClient, ExecutorGoneError
from agent_runtime.executors.ecs.clean_up import CleanUp
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.object_inputs import ObjectInputs, deliver_all
from agent_runtime.executors.ecs.object_record import ObjectRecord
from agent_runtime.executors.ecs.object_store import ObjectStore
from agent_runtime.executors.ecs.task_launch import TaskLaunch
from agent_runtime.executors.ecs.task_route import TaskRoute
from agent_runtime.executors.ecs.task_watch import TaskWatch
from agent_runtime.executors.ecs.upload_grants import UploadGrants
from agent_runtime.executors.ecs.warm_pool import Claim, ClaimNotTaggedError, WarmPool
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
        self._warm_pool = warm_pool
        self._notify: Callable[[Event], None] | None = None
        self._object_record = ObjectRecord(clients, settings, session_id)
        self.record = self._object_record
        self._object_store = ObjectStore(clients, settings, session_id)
        self.store = self._object_store
        self._inputs = ObjectInputs(clients, settings)
        self._grants = UploadGrants(clients, settings, self._object_store.key_prefix)
        self._launch = TaskLaunch(clients, settings, self._report)
        self._clean_up = CleanUp(clients, settings.cluster_arn, self._launch, self._report)
        self._way: TaskRoute | None = None
        self._grant: SessionGrant | None = None
        self._may_use_spot = settings.capacity == "spot"
        self.arrival_seconds = settings.flush_seconds
        self.silence_seconds = settings.silence_seconds

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
        claim = None if self._warm_pool is None else await self._claim(self._warm_pool, grant)
        if claim is None:
            await self._start_task(grant)

    async def _claim(self, pool: WarmPool, grant: SessionGrant) -> Claim | None:
        def won(claim: Claim) -> Awaitable[None]:
            self._clean_up.owns_claim(claim)
            return self._object_record.note_task(claim.task_arn)

        try:
            claim = await pool.claim(grant, won)
        except ClaimNotTaggedError:
            self._report(
                "executor_given_up",
                "The claimed executor could not be tagged; it is stopped, and another one starts.",
            )
            await self._clients.run(self._clean_up.run)
            return None
        if claim is not None:
            self._way = self._new_way(claim.task_arn, claim)
            self._report("executor_claimed", "A waiting executor was claimed.")
        return claim

    async def _start_task(self, grant: SessionGrant) -> None:
        arn = await self._launch.launch(grant, spot=self._may_use_spot)
        self._clean_up.owns(arn)
        await self._object_record.note_task(arn)
        self._way = self._new_way(arn, None)
        self._report("executor_requested", "Fargate has accepted the executor's task.")

    def _new_way(self, task_arn: str, claim: Claim | None) -> TaskRoute:
        settings = self._settings
        watch = TaskWatch(self._clients, settings.cluster_arn, task_arn, settings.container_name)
        return TaskRoute(
            self._clients,
            settings,
            self._session_id,
            watch,
            found=claim.route if claim else None,
            balanced=claim.balanced if claim else None,
        )

    async def route(self) -> Route:
        """Wait for the task and the way to it. Capacity that Fargate takes back is asked for once
        more, on demand."""
        try:
            return await self._find_way()
        except ExecutorCapacityError as error:
            if self._grant is None:
                raise
            self._report("executor_on_demand", f"{error.message} It is started again on demand.")
            await self.stop(closed=False)
            self._may_use_spot = False
            await self._start_task(self._grant)
            return await self._find_way()

    async def _find_way(self) -> Route:
        if self._way is None:
            raise ExecutorStartError("The executor was not started.")
        return await self._way.find(self._clean_up.owns_target, self._report)

    async def reroute(self, lost: Route) -> Route:
        """Find the same executor again."""
        if self._way is None:
            raise ExecutorGoneError("the executor was stopped")
        return await self._way.find_again(lost)

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
        return self._way is not None and await self._way.watch.is_running()

    async def why_lost(self) -> str:
        """ECS's reason, or that it gives none for a task that does not answer. After a Spot
        interruption, the next task is on demand."""
        if self._way is None:
            return ""
        why = await self._way.watch.why_stopped()
        self._may_use_spot = self._may_use_spot and "SpotInterruption" not in why
        return why or "its task does not answer, and ECS has no reason for that."

    async def stop(self, *, closed: bool) -> None:  # noqa: ARG002 (ECS is told in any case)
        """Deregister, then stop; goes on in its thread when nobody waits any more."""
        self._grants.end()
        self._way = None
        await self._clients.run(self._clean_up.run)

    def kill(self) -> None:
        """The same in this thread."""
        self._clean_up.run()
