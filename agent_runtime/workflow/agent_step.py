"""A graph node that runs one agent: its prompt, its tools, its slice of the job, its events."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from strands import Agent
from strands.agent import AgentResult
from strands.types.exceptions import (
    ContextWindowOverflowException,
    EventLoopException,
    MaxTokensReachedException,
    ModelThrottledException,
)
from strands.types.tools import AgentTool

from agent_runtime.errors import AgentError, JobError, ModelError, StepTimeoutError
from agent_runtime.events import AgentText, Retry, StepFinished, StepStarted, TokenUsage, Usage
from agent_runtime.models.retry import ModelRetry, RetryNotice
from agent_runtime.models.stall import StallGuard
from agent_runtime.roles import Role
from agent_runtime.workflow.context import JobContext
from agent_runtime.workflow.tool_events import ToolEvents

PROMPTS = Path(__file__).resolve().parent.parent / "prompts"
REMINDERS = 1


@dataclass(frozen=True)
class Part:
    """What one role contributes. `is_done` tells whether it did, `reminder` what is still to do."""

    role: Role
    titles: dict[str, str]
    task: Callable[[JobContext], str]
    tools: Callable[[JobContext], Sequence[AgentTool]]
    is_done: Callable[[JobContext], bool]
    reminder: str
    finishes: Callable[[JobContext, str], None] | None = None
    """Called with the agent's last text when its part is done."""


@cache
def load_prompt(role: Role) -> str:
    """The role's system prompt."""
    return (PROMPTS / f"{role}.md").read_text(encoding="utf-8")


class AgentStep:
    """An `AgentBase` for the graph. Each run is a fresh agent: nothing leaks between runs."""

    def __init__(self, part: Part, job: JobContext) -> None:
        self.part = part
        self.id = self.name = str(part.role)
        self._job = job
        self._attempt = 0

    async def invoke_async(self, prompt: Any = None, **kwargs: Any) -> AgentResult:
        """Run to the end and give back the result."""
        async for event in self.stream_async(prompt, **kwargs):
            result: AgentResult = event["result"]
        return result

    def __call__(self, prompt: Any = None, **kwargs: Any) -> AgentResult:
        """Run in a new event loop."""
        return asyncio.run(self.invoke_async(prompt, **kwargs))

    async def stream_async(self, prompt: Any = None, **_: Any) -> AsyncIterator[dict[str, Any]]:
        """One run; the graph's own prompt is ignored, because each role gets its own slice."""
        del prompt
        role, job = self.part.role, self._job
        title = self.part.titles[job.request.language]
        self._attempt += 1
        started = time.monotonic()
        job.emit(StepStarted(agent=role, title=title, attempt=self._attempt))
        ok = False
        try:
            result = await self._run()
            ok = True
        finally:
            job.emit(
                StepFinished(
                    agent=role,
                    title=title,
                    attempt=self._attempt,
                    status="ok" if ok else "failed",
                    duration_ms=round((time.monotonic() - started) * 1000),
                )
            )
        yield {"result": result}

    def _make_agent(self) -> Agent:
        role, settings = self.part.role, self._job.settings
        retry = ModelRetry(settings.model_attempts, settings.model_retry_seconds, self._on_retry)
        return Agent(
            model=StallGuard(self._job.make_model(role), role, settings.model_stall_seconds),
            tools=list(self.part.tools(self._job)),
            system_prompt=load_prompt(role),
            name=str(role),
            callback_handler=None,
            retry_strategy=None,
            hooks=[retry, ToolEvents(role, self._job, self.part.is_done)],
        )

    def _on_retry(self, notice: RetryNotice) -> None:
        self._job.emit(
            Retry(
                agent=self.part.role,
                attempt=notice.attempt,
                wait_seconds=notice.wait_seconds,
                reason=notice.reason,
            )
        )

    async def _run(self) -> AgentResult:
        """Make the agent and run it; every error becomes ours."""
        seconds = self._job.settings.limit_step_seconds
        timer = asyncio.timeout(seconds)
        try:
            async with timer:
                agent = self._make_agent()
                try:
                    return await self._do_part(agent)
                finally:
                    self._report_usage(agent)
        except TimeoutError as error:
            if timer.expired():
                raise StepTimeoutError(
                    f"The {self.part.role} took longer than {seconds:g} seconds."
                ) from error
            raise
        except Exception as error:
            raise _as_job_error(self.part.role, error) from error

    async def _do_part(self, agent: Agent) -> AgentResult:
        """Converse until the part is done, with one reminder."""
        text = self.part.task(self._job)
        for _ in range(1 + REMINDERS):
            result = await self._converse(agent, text)
            if self.part.is_done(self._job):
                if self.part.finishes is not None:
                    self.part.finishes(self._job, _text_of(result.message))
                return result
            text = self.part.reminder
        raise AgentError(f"The {self.part.role} ended without doing its part.")

    async def _converse(self, agent: Agent, text: str) -> AgentResult:
        role, facts = self.part.role, self._job.facts
        result: AgentResult | None = None
        limits: Any = {"turns": self._job.settings.limit_agent_turns}
        async for event in agent.stream_async(text, limits=limits):
            message = event.get("message")
            if message is not None and message["role"] == "assistant":
                said = _text_of(message)
                if said and said != ToolEvents.CLOSING:
                    self._job.emit(AgentText(agent=role, text=said))
            result = event.get("result", result)
        if facts.ended_by is not None:
            raise facts.ended_by
        if result is None or str(result.stop_reason).startswith("limit_"):
            raise AgentError(f"The {role} did not finish within its number of turns.")
        return result

    def _report_usage(self, agent: Agent) -> None:
        counted: Any = agent.event_loop_metrics.accumulated_usage
        usage = TokenUsage(
            input_tokens=counted.get("inputTokens", 0),
            output_tokens=counted.get("outputTokens", 0),
            cache_read_tokens=counted.get("cacheReadInputTokens", 0),
            cache_write_tokens=counted.get("cacheWriteInputTokens", 0),
        )
        config = agent.model.get_config()
        model = config.get("model_id") if isinstance(config, dict) else None
        self._job.add_usage(self.part.role, usage)
        self._job.emit(
            Usage(
                agent=self.part.role,
                model=str(model or self._job.settings.model_provider),
                **usage.model_dump(),
            )
        )


def _text_of(message: Any) -> str:
    return "\n".join(block["text"] for block in message["content"] if "text" in block).strip()


def _as_job_error(role: Role, error: Exception) -> JobError:
    """An error with one sentence; the original stays its cause."""
    if isinstance(error, EventLoopException):
        error = error.original_exception
    if isinstance(error, JobError):
        return error
    if isinstance(error, ModelThrottledException):
        return ModelError(f"The {role}'s model is still throttled after all retries.")
    if isinstance(error, MaxTokensReachedException):
        return ModelError(f"The {role}'s model reached its output limit.")
    if isinstance(error, ContextWindowOverflowException):
        return ModelError(f"The {role}'s conversation no longer fits its model.")
    text = " ".join(str(error).split())[:300]
    return ModelError(f"The {role}'s model failed: {type(error).__name__}: {text}".rstrip(": "))
