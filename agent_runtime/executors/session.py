"""One session's executor as the tools see it: started early, replaced when lost, closed for sure.

A lost executor is replaced a bounded number of times: inputs and artifacts are put back, variables
are gone. Code that was running is not run again; the result says so, and the agent decides.
"""

import asyncio
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agent_runtime.errors import ExecutorError, ExecutorLostError
from agent_runtime.events import Artifact, Event, Progress
from agent_runtime.executors.artifact_arrival import wait_for_artifacts
from agent_runtime.executors.artifact_ledger import PREFIX, ArtifactLedger
from agent_runtime.executors.client import (
    ExecutorClient,
    ExecutorGoneError,
    ExecutorRefusedError,
    FileEntry,
)
from agent_runtime.executors.host import ExecutorHost, JobInput, SessionGrant
from agent_runtime.json_logging import log

VARIABLES_GONE = (
    "The executor was lost and replaced. "
    "Variables are gone; files in data/ and artifacts/ are back."
)
FILES_GONE = " Only these had not left it yet and must be made again: {paths}."
MOST_NAMED = 20
KERNEL_RESTARTED = "The kernel was restarted. Variables are gone; files are still there."
T = TypeVar("T")
Emit = Callable[[Event], None]
OnEvent = Callable[[dict[str, Any]], None]


@dataclass
class ExecutionResult:
    """What an execution came to. `lost`: the executor went away while it ran, or before the
    artifacts that it made were stored outside."""

    execution_id: str
    status: str = "kernel_died"
    stdout: str = ""
    stderr: str = ""
    result: str | None = None
    displays: int = 0
    error: dict[str, Any] | None = None
    files_changed: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    kernel_restarted: bool = False
    lost: bool = False
    notice: str | None = None


class ExecutorSession:
    """All methods run in the job's event loop, but `kill`."""

    def __init__(
        self,
        session_id: str,
        host: ExecutorHost,
        inputs: Sequence[JobInput],
        emit: Emit,
        *,
        restarts: int,
    ) -> None:
        self._session_id = session_id
        self._host = host
        self._inputs = inputs
        self._emit = emit
        self._restarts_left = restarts
        self._generation = 0
        self._opening: asyncio.Task[ExecutorClient] | None = None
        self._replacing = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._ledger = ArtifactLedger(session_id, host.store, emit)
        self._delivered: dict[str, str] = {}
        self._closed = False
        self._loss: str | None = None
        host.report_to(emit)

    def open(self) -> None:
        """Begin to start the executor; it gets ready while the planner works."""
        self._emit(Progress(phase="executor_starting", message="The executor is starting."))
        self._opening = asyncio.create_task(self._start())

    async def _start(self) -> ExecutorClient:
        grant = SessionGrant(self._session_id, secrets.token_urlsafe(32))
        host = self._host
        await host.start(grant)
        client = await self._stack.enter_async_context(
            ExecutorClient(
                await host.route(), grant, host.is_running, host.reroute, host.silence_seconds
            )
        )
        await host.deliver(client, self._inputs)
        if not self._delivered:
            self._delivered = {file.path: file.sha256 for file in await client.list_files("data/")}
        self._emit(Progress(phase="executor_ready", message="The executor is ready."))
        return client

    async def _client(self) -> ExecutorClient:
        if self._opening is None:
            self.open()
        assert self._opening is not None
        return await asyncio.shield(self._opening)

    async def run(
        self,
        language: str,
        code: str,
        timeout_seconds: float,
        on_event: OnEvent | None = None,
        *,
        kernel: str = "session",
    ) -> ExecutionResult:
        """Run code once; the artifacts that it made are stored when this returns.

        Losing the executor before is a result, not an error.
        """
        result = ExecutionResult(f"x-{uuid.uuid4().hex}")
        generation = self._generation
        try:
            client = await self._client()
            stream = client.execute(result.execution_id, language, code, timeout_seconds, kernel)
            async for event in stream:
                self._collect(event, result)
                if on_event is not None:
                    on_event(event)
            if result.status == "interrupted" and not await self._host.is_running():
                raise ExecutorGoneError("the executor was told to end")
            if result.artifacts:
                await wait_for_artifacts(
                    client, result.artifacts, self._host.arrival_seconds, self._emit
                )
        except ExecutorGoneError:
            await self._replace(generation)
            result.status, result.lost = "kernel_died", True
        if self._loss is not None and kernel == "session":
            result.notice, self._loss = self._loss, None
        log(
            "execution_finished",
            session_id=self._session_id,
            execution_id=result.execution_id,
            status=result.status,
        )
        return result

    async def run_fresh(self, code: str, timeout_seconds: float) -> ExecutionResult:
        """Run Python that may run twice, such as a toolkit call, out of reach of the session's
        code; `run` bounds the replacements.
        """
        while True:
            result = await self.run("python", code, timeout_seconds, kernel="fresh")
            if not result.lost:
                return result

    def _collect(self, event: dict[str, Any], result: ExecutionResult) -> None:
        match event["type"]:
            case "stdout":
                result.stdout += _text(event)
            case "stderr":
                result.stderr += _text(event)
            case "result":
                result.result = event["data"].get("text/plain")
            case "display":
                result.displays += 1
            case "error":
                result.error = {k: event.get(k) for k in ("name", "message", "line", "traceback")}
            case "finished":
                result.status = event["status"]
                result.kernel_restarted = bool(event.get("kernel_restarted"))
                if result.kernel_restarted:
                    result.notice = KERNEL_RESTARTED
                for change in event.get("files_changed", []):
                    result.files_changed.append(change["path"])
                    self._ledger.note_change(change)
                    if change["path"].startswith(PREFIX) and not change.get("deleted"):
                        result.artifacts.append(change["path"])

    @property
    def artifacts(self) -> list[Artifact]:
        """Artifacts known so far, sorted by path."""
        return self._ledger.artifacts

    async def list_files(self, prefix: str = "") -> list[FileEntry]:
        """Files of the workspace."""
        return await self._repeat(lambda client: client.list_files(prefix))

    @property
    def delivered(self) -> dict[str, str]:
        """SHA-256 of each input as it was delivered, by its path in the workspace."""
        return self._delivered

    async def restore_inputs(self) -> None:
        """Put back every input that is not as it was delivered, because code has changed it."""
        present = {file.path: file.sha256 for file in await self.list_files("data/")}
        changed = [
            item
            for item in self._inputs
            if present.get(item.workspace_path) != self._delivered.get(item.workspace_path)
        ]
        if not changed:
            return
        names = ", ".join(item.workspace_path for item in changed)
        message = f"Code had changed {names}; what was delivered is put back before it is checked."
        self._emit(Progress(phase="inputs_restored", message=message))
        await self._repeat(lambda client: self._host.deliver(client, changed))

    async def read_start(self, path: str, most: int) -> tuple[bytes, int]:
        """The first bytes of a file and its size; `FileNotFoundError` when it does not exist."""
        try:
            return await self._repeat(lambda client: client.read_start(path, most))
        except ExecutorRefusedError as error:
            if error.status == 404:
                raise FileNotFoundError(f"'{path}' does not exist.") from None
            raise

    async def read_json(self, path: str, most: int = 64 * 1024 * 1024) -> Any:
        """A JSON file of the workspace; None when it does not exist."""
        try:
            content, _ = await self.read_start(path, most)
        except FileNotFoundError:
            return None
        return json.loads(content)

    async def _repeat(self, request: Callable[[ExecutorClient], Awaitable[T]]) -> T:
        """A request without side effects, again after the executor was replaced."""
        while True:
            generation = self._generation
            try:
                return await request(await self._client())
            except ExecutorGoneError:
                await self._replace(generation)

    async def _replace(self, lost_generation: int) -> None:
        """Start a new executor for a lost one, once for all who noticed; bounded."""
        async with self._replacing:
            if self._generation != lost_generation:
                return
            if self._restarts_left == 0:
                raise ExecutorLostError(
                    "The executor was lost, and was replaced as often as allowed."
                )
            self._restarts_left -= 1
            self._generation += 1
            why = await self._host.why_lost()
            message = f"The executor was lost: {why}" if why else "The executor was lost."
            self._emit(Progress(phase="executor_lost", message=message))
            log("executor_lost", session_id=self._session_id, generation=self._generation, why=why)
            await self._host.stop(closed=False)
            self.open()
            try:
                client = await self._client()
                await self._host.restore(client, await self._ledger.restorable())
                self._loss = _notice(await self._ledger.lost())
            except ExecutorGoneError as error:
                raise ExecutorLostError("The executor's replacement was lost as well.") from error
            self._emit(
                Progress(
                    phase="executor_replaced",
                    message="A new executor runs; inputs and artifacts are back.",
                )
            )

    async def close(self) -> list[Artifact]:
        """Fetch what did not arrive and close the session; the artifacts. `stop` comes after it.

        Never raises because of a lost executor: what arrived before is what remains.
        """
        try:
            if self._opening is not None and self._opening.done():
                await self._close_session(await self._client())
        except (ExecutorGoneError, ExecutorError) as error:
            log("executor_close_failed", session_id=self._session_id, error=error)
        await self._ledger.refresh()
        return self.artifacts

    async def _close_session(self, client: ExecutorClient) -> None:
        """An executor ends soon after it was closed, so what is missing is fetched before."""
        await self._host.settle(client)
        present = await client.list_files(PREFIX)
        self._ledger.note_manifest(present)
        await self._ledger.fetch_missing(client, present)
        manifest = await client.close_session()
        self._closed = True
        await self._ledger.settle(client, manifest)

    async def stop(self) -> None:
        """Make sure that the executor is gone, also one that is still starting."""
        if self._opening is not None and not self._opening.done():
            self._opening.cancel()
            await asyncio.wait({self._opening})
        await self._stack.aclose()
        await self._host.stop(closed=self._closed)

    def kill(self) -> None:
        """End the executor now, from any thread."""
        self._host.kill()


def _notice(lost: list[str]) -> str:
    """What the agents are told about a replacement."""
    if not lost:
        return VARIABLES_GONE
    more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    return VARIABLES_GONE + FILES_GONE.format(paths=", ".join(lost[:MOST_NAMED]) + more)


def _text(event: dict[str, Any]) -> str:
    dropped = event.get("dropped_bytes")
    gap = f"\n[{dropped} bytes left out]\n" if dropped else ""
    return gap + str(event["text"])
