"""A job: its own thread and event loop, a supervisor that outlives both, one terminal event.

The work runs in a thread of its own, because a model may block its event loop. The supervisor runs
in the server's loop: it sends heartbeats, keeps the deadline, and ends the job when the thread does
not answer to a cancellation (docs/decisions/0006-job-threads.md).
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

from agent_runtime.errors import JobCancelledError, JobError, StepTimeoutError
from agent_runtime.event_log import EventLog
from agent_runtime.events import (
    Artifact,
    Cancelled,
    Completed,
    DataFile,
    Event,
    Failed,
    Heartbeat,
    JobStarted,
    Terminal,
)
from agent_runtime.executors.host import ExecutorHost, JobInput
from agent_runtime.executors.session import ExecutorSession
from agent_runtime.json_logging import log
from agent_runtime.messages import Analyze
from agent_runtime.models import ModelFactory
from agent_runtime.settings import Settings
from agent_runtime.workflow.context import JobContext
from agent_runtime.workflow.graph import Outcome, run_workflow
from agent_runtime.workflow.plan_review import ReviewGate

GRACE_SECONDS = 4.0
"""How long a cancelled job may take to end by itself."""
RECANCEL_SECONDS = 0.2
"""A cancellation is repeated this often: `asyncio.wait_for`, which the graph waits with, can lose
one that arrives together with an event (Python before 3.12)."""
CLOSE_SECONDS = 60.0
"""How long a completed job may take to collect its artifacts."""
STOP_SECONDS = 12.0
"""How long an executor may take to end, in all its stages."""
RECORD_SECONDS = 10.0
"""How long writing down the end of a job may take."""


class Job:
    """One analysis. `start` and all requests come from the server's event loop."""

    def __init__(
        self,
        session_id: str,
        request: Analyze,
        inputs: Sequence[JobInput],
        settings: Settings,
        host: ExecutorHost,
        make_model: ModelFactory,
        owner: str | None = None,
    ) -> None:
        """`owner`: who asked, for the job's record."""
        self.session_id = session_id
        self.request = request
        self.gate = ReviewGate()
        events_file = settings.local_events and settings.local_events / f"{session_id}.ndjson"
        self.log = EventLog(session_id, limit=settings.limit_events, file=events_file)
        self._settings = settings
        self._host = host
        self._owner = owner
        self._started = time.monotonic()
        self._executor = ExecutorSession(
            session_id, host, inputs, self._emit, restarts=settings.limit_executor_restarts
        )
        self._context = JobContext(
            session_id, request, inputs, settings, self._executor, make_model, self._emit
        )
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[Outcome] | None = None
        self._end: Exception | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._thread_ended = asyncio.Event()
        self._abandoned = False
        self._ending = False

    @property
    def is_running(self) -> bool:
        """Whether the terminal event is still to come."""
        return self.log.terminal is None

    @property
    def is_busy(self) -> bool:
        """Whether anything is still to be done, also after the terminal event."""
        return self.is_running or not (self._abandoned or self._thread_ended.is_set())

    def _emit(self, event: Event) -> None:
        if not self.log.append(event):
            log("late_event_dropped", session_id=self.session_id, type=type(event).__name__)

    def start(self) -> None:
        """Begin; returns at once."""
        request = self.request
        data = [DataFile(name=item.name, size=item.size) for item in self._context.inputs]
        self._emit(
            JobStarted(
                prompt=request.prompt,
                language=request.language,
                data=data,
                model_provider=self._settings.model_provider,
            )
        )
        log("job_started", session_id=self.session_id, files=len(data))
        loop = asyncio.get_running_loop()
        thread = threading.Thread(
            target=self._run, args=(loop,), name=f"job-{self.session_id[:16]}", daemon=True
        )
        self._supervisor = loop.create_task(self._supervise())
        thread.start()

    async def ended(self) -> None:
        """Wait for the terminal event and, unless the job had to be abandoned, for its thread."""
        if self._supervisor is not None:
            await asyncio.wait({self._supervisor})
        if not self._abandoned:
            await self._thread_ended.wait()

    def cancel(self, reason: str) -> bool:
        """End the job as cancelled; False when it has ended already."""
        return self._stop(JobCancelledError(reason))

    def _stop(self, why: Exception) -> bool:
        if not self.is_running:
            return False
        with self._lock:
            self._end = self._end or why
        self._cancel_work()
        self._wake.set()
        return True

    def _cancel_work(self) -> None:
        with self._lock:
            if self._loop is not None and self._work is not None:
                _call(self._loop, self._work.cancel)

    async def _supervise(self) -> None:
        """Heartbeats, the deadline and the last resort; ends with the job, whatever happens."""
        deadline = self._started + self._settings.limit_job_seconds
        stopping_since: float | None = None
        try:
            while self.is_running:
                now = time.monotonic()
                if self._end is None and now >= deadline:
                    hours = self._settings.limit_job_seconds
                    self._stop(StepTimeoutError(f"The job took longer than {hours:g} seconds."))
                if self._end is not None and stopping_since is None:
                    stopping_since = now
                if stopping_since is not None:
                    patience = GRACE_SECONDS + (self._ending_seconds if self._ending else 0)
                    if now >= stopping_since + patience:
                        await self._abandon()
                        return
                    self._cancel_work()
                if self.log.silence >= self._settings.heartbeat_seconds:
                    self._emit(Heartbeat(elapsed_seconds=round(now - self._started, 1)))
                await self._pause(deadline, stopping_since)
        finally:
            self._finish(self._terminal(self._end or JobCancelledError("The runtime stopped."), []))

    async def _pause(self, deadline: float, stopping_since: float | None) -> None:
        """Until the next heartbeat, deadline or wake-up."""
        now = time.monotonic()
        waits = [self._settings.heartbeat_seconds - self.log.silence]
        waits.append(deadline - now if self._end is None else GRACE_SECONDS)
        if stopping_since is not None:
            waits.append(RECANCEL_SECONDS)
        try:
            async with asyncio.timeout(max(0.01, min(waits))):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _abandon(self) -> None:
        """The thread did not answer: end without it, and end its executor."""
        self._abandoned = True
        log("job_abandoned", session_id=self.session_id)
        error = self._end or JobError("The job did not end.")
        terminal = self._terminal(error, self._executor.artifacts)
        if self._host.outlives_runtime:
            await asyncio.to_thread(self._executor.kill)
        await self._end_with(terminal)
        if not self._host.outlives_runtime:
            await asyncio.to_thread(self._executor.kill)

    def _run(self, server_loop: asyncio.AbstractEventLoop) -> None:
        """The job's thread."""
        try:
            asyncio.run(self._attend(server_loop))
        except Exception as error:  # noqa: BLE001 (the terminal event is owed)
            log("job_thread_failed", session_id=self.session_id, error=error)
            self._finish(self._terminal(error, []))
        finally:
            _call(server_loop, self._thread_ended.set)
            _call(server_loop, self._wake.set)

    async def _attend(self, server_loop: asyncio.AbstractEventLoop) -> None:
        """Run the workflow, close the executor, record the terminal event, in this order."""
        work = asyncio.create_task(self._workflow())
        with self._lock:
            self._loop, self._work = asyncio.get_running_loop(), work
            if self._end is not None:
                work.cancel()
        error: BaseException | None = None
        outcome = Outcome()
        try:
            outcome = await work
        except asyncio.CancelledError as cancelled:
            error = self._end or cancelled
        except Exception as failure:  # noqa: BLE001 (becomes the terminal event)
            error = failure
        self._ending = True
        flush = self._host.flush_seconds
        artifacts = await self._close(CLOSE_SECONDS if self._end is None else flush)
        if self._host.outlives_runtime:
            await self._stop_executor()
        await self._end_with(self._terminal(error or outcome, artifacts))
        _call(server_loop, self._wake.set)
        if not self._host.outlives_runtime:
            await self._stop_executor()

    @property
    def _ending_seconds(self) -> float:
        return self._host.flush_seconds + STOP_SECONDS + RECORD_SECONDS

    async def _end_with(self, terminal: Terminal) -> None:
        """Write the end down, then show it: whoever hears it may end this process."""
        record = self._host.record
        if record is not None and self.log.seal(terminal):
            try:
                async with asyncio.timeout(RECORD_SECONDS):
                    await record.end(terminal, self.log.lines())
            except Exception as error:  # noqa: BLE001 (the record never changes the outcome)
                log("record_not_written", session_id=self.session_id, error=error)
        self._finish(terminal)

    async def _workflow(self) -> Outcome:
        if self._context.inputs:
            self._executor.open()
        if self._host.record is not None:
            await self._host.record.begin(self.request, self._owner)
        return await run_workflow(self._context, self.gate)

    async def _close(self, seconds: float) -> list[Artifact]:
        try:
            async with asyncio.timeout(seconds):
                return await self._executor.close()
        except Exception as error:  # noqa: BLE001 (closing never changes the outcome)
            log("executor_close_failed", session_id=self.session_id, error=error)
            return self._executor.artifacts

    async def _stop_executor(self) -> None:
        """In the place's own time and in any case."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._executor.stop()
        except Exception as error:  # noqa: BLE001 (the executor is killed instead)
            log("executor_stop_failed", session_id=self.session_id, error=error)
        finally:
            await asyncio.to_thread(self._executor.kill)

    def _terminal(self, end: Outcome | BaseException, artifacts: list[Artifact]) -> Terminal:
        """The terminal event for a result or an error."""
        usage = self._context.job_usage()
        duration_ms = round((time.monotonic() - self._started) * 1000)
        if isinstance(end, Outcome):
            return Completed(
                answer=end.answer,
                summary=end.summary,
                artifacts=artifacts,
                usage=usage,
                duration_ms=duration_ms,
            )
        if isinstance(end, JobCancelledError | asyncio.CancelledError):
            return Cancelled(
                reason=str(end) or "The job was cancelled.",
                artifacts=artifacts,
                usage=usage,
                duration_ms=duration_ms,
            )
        known = isinstance(end, JobError)
        return Failed(
            reason=str(end) if known else f"An internal error ended the job ({_kind(end)}).",
            code=end.code if isinstance(end, JobError) else "internal_error",
            artifacts=artifacts,
            usage=usage,
            duration_ms=duration_ms,
        )

    def _finish(self, terminal: Terminal) -> None:
        """Show the terminal event; only the first one counts."""
        ends_now = self.is_running
        self.log.append(terminal)
        if ends_now:
            log(
                "job_ended",
                session_id=self.session_id,
                status=terminal.type,
                code=getattr(terminal, "code", None),
                duration_ms=terminal.duration_ms,
            )


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Call in another loop, unless it is closed: then nobody waits there."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        return
