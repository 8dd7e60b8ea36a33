"""The runtime's events as far as the client needs them, read tolerantly.

A field or an event type this client does not know is kept in `events.ndjson` and otherwise
ignored, so that a newer runtime works with an older client.
"""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from client.errors import ProtocolError


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Event(_Model):
    """Envelope of all events; `seq` counts from 1 without a gap within a session."""

    seq: int = Field(ge=1)
    type: str
    time: str = ""
    session_id: str = ""


class DataFile(_Model):
    """An input as the runtime took it."""

    name: str
    size: int = 0


class Artifact(_Model):
    """A file the job made: path below the artifacts folder, lower-case hex SHA-256, address."""

    path: str
    size: int
    sha256: str
    uri: str
    media_type: str = ""


class JobStarted(Event):
    """The job exists."""

    prompt: str = ""
    language: str = ""
    data: list[DataFile] = Field(default_factory=list)
    model_provider: str = ""


class PlanStep(_Model):
    """One piece of the plan."""

    id: str
    title: str
    instruction: str = ""


class Unanswered(_Model):
    """A part of the question that the data cannot answer."""

    phrase: str
    reason: str


class Plan(_Model):
    """What the agents intend to do."""

    title: str
    steps: list[PlanStep] = Field(default_factory=list)
    unanswered: list[Unanswered] = Field(default_factory=list)


class PlanProposed(Event):
    """A plan or its next revision."""

    revision: int = 1
    plan: Plan


class PlanReviewRequested(Event):
    """The job waits for the person's verdict."""

    revision: int = 1
    timeout_seconds: float
    on_timeout: str = ""


class StepStarted(Event):
    """An agent begins."""

    agent: str
    title: str = ""
    attempt: int = 1


class StepFinished(Event):
    """An agent is done."""

    agent: str
    title: str = ""
    status: str = "ok"
    duration_ms: int = 0


class AgentText(Event):
    """Something an agent said."""

    agent: str
    text: str


class ToolStarted(Event):
    """An agent calls a tool."""

    agent: str
    tool: str
    call_id: str
    summary: str = ""


class ToolFinished(Event):
    """The tool call is over."""

    agent: str
    tool: str
    call_id: str
    summary: str = ""
    status: str = "ok"
    duration_ms: int = 0


class ExecutionOutput(Event):
    """Output of code while it runs."""

    agent: str = ""
    execution_id: str
    stream: str
    text: str


class ArtifactChanged(Event, Artifact):
    """A file arrived in the artifact store, or arrived again with new content."""


class Progress(Event):
    """What happens beside the agents' steps."""

    message: str
    phase: str = ""


class Retry(Event):
    """A model call is tried again after a wait."""

    agent: str
    attempt: int = 1
    wait_seconds: float = 0
    reason: str = ""


class Terminal(Event):
    """The last event of a job."""

    artifacts: list[Artifact] = Field(default_factory=list)
    usage: dict[str, Any] = Field(default_factory=dict)
    duration_ms: int = 0


class Completed(Terminal):
    """The job is done: a direct answer, or a report and its summary."""

    answer: str | None = None
    summary: str | None = None


class Failed(Terminal):
    """The job failed; `reason` is one sentence for people."""

    reason: str
    code: str = ""


class Cancelled(Terminal):
    """Somebody or a time-out ended the job."""

    reason: str = ""


_MODELS: dict[str, type[Event]] = {
    "job_started": JobStarted,
    "plan": PlanProposed,
    "plan_review_requested": PlanReviewRequested,
    "step_started": StepStarted,
    "step_finished": StepFinished,
    "agent_text": AgentText,
    "tool_started": ToolStarted,
    "tool_finished": ToolFinished,
    "execution_output": ExecutionOutput,
    "artifact": ArtifactChanged,
    "progress": Progress,
    "retry": Retry,
    "completed": Completed,
    "failed": Failed,
    "cancelled": Cancelled,
}


def parse_event(text: str) -> Event:
    """The event in one SSE payload. Raises `ProtocolError`.

    A payload with `error` instead of an event is how the AgentCore server reports that its
    entrypoint broke in the middle of a stream.
    """
    try:
        payload = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProtocolError("The runtime sent something that is not JSON as an event.") from error
    if not isinstance(payload, dict):
        raise ProtocolError("The runtime sent an event that is not a JSON object.")
    if "error" in payload and "seq" not in payload:
        raise ProtocolError(f"The runtime broke while it streamed: {str(payload['error'])[:300]}")
    model = _MODELS.get(str(payload.get("type")), Event)
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"]) or "event"
        kind = str(payload.get("type"))[:40]
        raise ProtocolError(
            f"The runtime sent a '{kind}' event whose '{field}' this client cannot read; "
            "use the client that belongs to the runtime's version."
        ) from error
