"""The plan review: a graph node that waits for a person, or approves by itself."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from strands.agent import AgentResult
from strands.telemetry import EventLoopMetrics

from agent_runtime.errors import JobCancelledError
from agent_runtime.events import PlanReviewRequested
from agent_runtime.workflow.context import JobContext


@dataclass(frozen=True)
class Feedback:
    """The person's verdict; `text` says what to change when it is not approved."""

    approved: bool
    text: str


class ReviewGate:
    """Hands feedback from a request to the waiting job, across event loops."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Future[Feedback]] | None = None

    def open(self) -> "asyncio.Future[Feedback]":
        """Begin to wait, in the job's loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Feedback] = loop.create_future()
        with self._lock:
            self._waiting = (loop, future)
        return future

    def close(self) -> None:
        """Nothing waits any more."""
        with self._lock:
            self._waiting = None

    @property
    def is_open(self) -> bool:
        """Whether feedback is awaited."""
        return self._waiting is not None

    def give(self, feedback: Feedback) -> bool:
        """Deliver once; False when nothing waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is None:
            return False
        loop, future = waiting
        loop.call_soon_threadsafe(_resolve, future, feedback)
        return True


class PlanReview:
    """An `AgentBase` for the graph without a model."""

    def __init__(self, job: JobContext, gate: ReviewGate) -> None:
        self.id = self.name = "plan_review"
        self._job = job
        self._gate = gate

    async def invoke_async(self, prompt: Any = None, **kwargs: Any) -> AgentResult:
        """Run to the end and give back the result."""
        async for event in self.stream_async(prompt, **kwargs):
            result: AgentResult = event["result"]
        return result

    def __call__(self, prompt: Any = None, **kwargs: Any) -> AgentResult:
        """Run in a new event loop."""
        return asyncio.run(self.invoke_async(prompt, **kwargs))

    async def stream_async(self, prompt: Any = None, **_: Any) -> AsyncIterator[dict[str, Any]]:
        """Approve, or wait; `JobCancelledError` when the plan is finally not approved."""
        del prompt
        if self._job.request.review == "auto":
            self._job.facts.plan_approved = True
        else:
            self._apply(await self._wait())
        yield {"result": _result("approved" if self._job.facts.plan_approved else "revise")}

    async def _wait(self) -> Feedback:
        request, facts = self._job.request, self._job.facts
        future = self._gate.open()
        self._job.emit(
            PlanReviewRequested(
                revision=facts.revision,
                timeout_seconds=request.review_timeout_seconds,
                on_timeout=request.on_review_timeout,
            )
        )
        try:
            async with asyncio.timeout(request.review_timeout_seconds):
                return await future
        except TimeoutError:
            if request.on_review_timeout == "approve":
                return Feedback(True, "")
            raise JobCancelledError(
                f"The plan was not reviewed within {request.review_timeout_seconds:g} seconds."
            ) from None
        finally:
            self._gate.close()

    def _apply(self, feedback: Feedback) -> None:
        facts, most = self._job.facts, self._job.settings.limit_plan_revisions
        facts.plan_approved = feedback.approved
        facts.feedback = feedback.text
        if not feedback.approved and facts.revision > most:
            raise JobCancelledError(
                f"The plan was rejected, and has been revised as often as allowed ({most} times)."
            )


def _resolve(future: "asyncio.Future[Feedback]", feedback: Feedback) -> None:
    if not future.done():
        future.set_result(feedback)


def _result(text: str) -> AgentResult:
    return AgentResult(
        stop_reason="end_turn",
        message={"role": "assistant", "content": [{"text": text}]},
        metrics=EventLoopMetrics(),
        state={},
    )
