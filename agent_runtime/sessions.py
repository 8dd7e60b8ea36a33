"""The sessions of this process: one job each, found by session id."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from agent_runtime.executors.host import ExecutorHost, JobInput
from agent_runtime.job import Job
from agent_runtime.messages import Analyze, BadRequestError, PlanFeedback
from agent_runtime.models import ModelFactory
from agent_runtime.settings import Settings
from agent_runtime.workflow.plan_review import Feedback

HostFactory = Callable[[str], ExecutorHost]
InputResolver = Callable[[str, Sequence[str]], list[JobInput]]
"""The inputs that a session's URIs name; may block."""
SHUTDOWN_REASON = "The runtime is shutting down."


class Sessions:
    """Jobs by session id. Ended jobs stay readable until their place is needed."""

    def __init__(
        self,
        settings: Settings,
        make_host: HostFactory,
        make_model: ModelFactory,
        resolve_inputs: InputResolver,
    ) -> None:
        self._settings = settings
        self._make_host = make_host
        self._make_model = make_model
        self._resolve_inputs = resolve_inputs
        self._jobs: dict[str, Job] = {}
        self._closing = False

    async def analyze(self, session_id: str, request: Analyze, owner: str | None = None) -> Job:
        """The session's job: a new one, or the same one when the request is the same."""
        if (job := self._same_job(session_id, request)) is not None:
            return job
        inputs = await asyncio.to_thread(self._resolve_inputs, session_id, request.data)
        if (job := self._same_job(session_id, request)) is not None:
            return job
        self._make_room()
        job = Job(
            session_id,
            request,
            inputs,
            self._settings,
            self._make_host(session_id),
            self._make_model,
            owner,
        )
        self._jobs[session_id] = job
        job.start()
        return job

    def _same_job(self, session_id: str, request: Analyze) -> Job | None:
        """The job that answers this request already; None when a new one may begin."""
        job = self._jobs.get(session_id)
        if job is not None:
            if job.request == request:
                return job
            raise BadRequestError(
                "This session has another job already; use a new session id.",
                code="job_exists",
                status=409,
            )
        if self._closing:
            raise BadRequestError(SHUTDOWN_REASON, code="shutting_down", status=503)
        return None

    def _make_room(self) -> None:
        if len(self._jobs) < self._settings.limit_sessions:
            return
        for session_id, job in self._jobs.items():
            if not job.is_busy:
                del self._jobs[session_id]
                return
        raise BadRequestError(
            f"{len(self._jobs)} jobs run already; wait for one to end.",
            code="too_many_jobs",
            status=429,
        )

    def job(self, session_id: str) -> Job:
        """The session's job; 404 when there is none."""
        job = self._jobs.get(session_id)
        if job is None:
            raise BadRequestError(
                "This session has no job; start one with analyze.", code="no_job", status=404
            )
        return job

    def give_feedback(self, session_id: str, message: PlanFeedback) -> dict[str, Any]:
        """Pass a reviewer's verdict to the job that waits for it; 409 when none waits."""
        if not message.approved and not message.feedback:
            raise BadRequestError(
                "Field 'feedback' must say what to change in the plan; to end the job send cancel.",
                code="feedback_empty",
            )
        job = self.job(session_id)
        if not job.gate.give(Feedback(message.approved, message.feedback)):
            raise BadRequestError("No plan waits for review.", code="no_review_pending", status=409)
        return {"status": "accepted"}

    def cancel(self, session_id: str) -> dict[str, Any]:
        """Cancel the session's job; says whether it was still running."""
        cancelled = self.job(session_id).cancel("The caller cancelled the job.")
        return {"status": "cancelling" if cancelled else "ended"}

    def status(self, session_id: str) -> dict[str, Any]:
        """What the session's job does now."""
        job = self._jobs.get(session_id)
        if job is None:
            return {"status": "none", "last_event": 0}
        terminal = job.log.terminal
        state = "running" if terminal is None else str(getattr(terminal, "type", ""))
        return {
            "status": state,
            "last_event": job.log.last_seq,
            "review_pending": job.gate.is_open,
        }

    @property
    def is_busy(self) -> bool:
        """Whether any job runs or is being cleaned up after."""
        return any(job.is_busy for job in list(self._jobs.values()))

    async def close(self) -> None:
        """Cancel every job and wait for its terminal event; no new job is taken."""
        self._closing = True
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel(SHUTDOWN_REASON)
        await asyncio.gather(*(job.ended() for job in jobs))
