"""Events of a job: one typed, versioned, numbered model for everything a caller sees.

Events are made without their envelope (`seq`, `time`, `session_id`); `EventLog.append` stamps it.
On the wire each is one flat JSON object, discriminated by `type`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agent_runtime.plan import Language, Plan
from agent_runtime.roles import Role


class Event(BaseModel):
    """Envelope shared by all events. `seq` counts from 1 without a gap within a session."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    seq: int = 0
    time: str = Field("", description="ISO 8601, UTC, milliseconds")
    session_id: str = ""

    def wire(self) -> dict[str, Any]:
        """The JSON object that callers receive; fields that are None are left out."""
        return self.model_dump(mode="json", exclude_none=True)


class DataFile(BaseModel):
    """An input of the job: name below `data/` and size in bytes."""

    name: str
    size: int


class Artifact(BaseModel):
    """One file the job made; `path` is relative to the artifacts folder."""

    path: str
    size: int
    sha256: str
    media_type: str
    uri: str


class TokenUsage(BaseModel):
    """Tokens of a model; cache reads and writes are not part of `input_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def plus(self, other: "TokenUsage") -> "TokenUsage":
        """The sum of both."""
        return TokenUsage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
        )


class JobUsage(BaseModel):
    """Tokens of the whole job and of each agent."""

    total: TokenUsage = TokenUsage()
    agents: dict[str, TokenUsage] = Field(default_factory=dict)


class JobStarted(Event):
    """Always the first event of a session."""

    type: Literal["job_started"] = "job_started"
    prompt: str
    language: Language
    data: list[DataFile]
    model_provider: str


class PlanProposed(Event):
    """A plan, or its next revision (from 1)."""

    type: Literal["plan"] = "plan"
    revision: int
    plan: Plan


class PlanReviewRequested(Event):
    """The job waits for `plan_feedback` until the time-out, which then counts as `on_timeout`."""

    type: Literal["plan_review_requested"] = "plan_review_requested"
    revision: int
    timeout_seconds: float
    on_timeout: Literal["approve", "cancel"]


class StepStarted(Event):
    """An agent begins; `attempt` counts its runs in this job from 1."""

    type: Literal["step_started"] = "step_started"
    agent: Role
    title: str
    attempt: int


class StepFinished(Event):
    """The agent's run is over."""

    type: Literal["step_finished"] = "step_finished"
    agent: Role
    title: str
    attempt: int
    status: Literal["ok", "failed"]
    duration_ms: int


class AgentText(Event):
    """Text an agent said, a whole passage at a time."""

    type: Literal["agent_text"] = "agent_text"
    agent: Role
    text: str


class ToolStarted(Event):
    """A tool call begins; `summary` is one line for people."""

    type: Literal["tool_started"] = "tool_started"
    agent: Role
    tool: str
    call_id: str
    summary: str


class ToolFinished(Event):
    """The tool call is over."""

    type: Literal["tool_finished"] = "tool_finished"
    agent: Role
    tool: str
    call_id: str
    summary: str
    status: Literal["ok", "error"]
    duration_ms: int


class ExecutionOutput(Event):
    """Output of code while it runs."""

    type: Literal["execution_output"] = "execution_output"
    agent: Role
    execution_id: str
    stream: Literal["stdout", "stderr", "display", "result", "error"]
    text: str


class ArtifactChanged(Event):
    """A file arrived outside the executor, or arrived again with new content."""

    type: Literal["artifact"] = "artifact"
    path: str
    size: int
    sha256: str
    media_type: str
    uri: str


class Progress(Event):
    """What the job does outside the agents' steps, such as waiting for the executor."""

    type: Literal["progress"] = "progress"
    message: str
    phase: str


class Usage(Event):
    """Tokens of one agent's run."""

    type: Literal["usage"] = "usage"
    agent: Role
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int


class Retry(Event):
    """A model call is tried again after a wait; `attempt` counts retries from 1."""

    type: Literal["retry"] = "retry"
    agent: Role
    attempt: int
    wait_seconds: float
    reason: str


class Heartbeat(Event):
    """Nothing else happened for a while; the job is alive."""

    type: Literal["heartbeat"] = "heartbeat"
    elapsed_seconds: float


class Completed(Event):
    """Terminal: the job is done, with a direct `answer` (small talk) or a report `summary`."""

    type: Literal["completed"] = "completed"
    answer: str | None = None
    summary: str | None = None
    artifacts: list[Artifact]
    usage: JobUsage
    duration_ms: int


class Failed(Event):
    """Terminal: one sentence for people and a stable code for programs."""

    type: Literal["failed"] = "failed"
    reason: str
    code: str
    artifacts: list[Artifact]
    usage: JobUsage
    duration_ms: int


class Cancelled(Event):
    """Terminal: somebody, a time-out or a shutdown ended the job."""

    type: Literal["cancelled"] = "cancelled"
    reason: str
    artifacts: list[Artifact]
    usage: JobUsage
    duration_ms: int


AnyEvent = Annotated[
    JobStarted
    | PlanProposed
    | PlanReviewRequested
    | StepStarted
    | StepFinished
    | AgentText
    | ToolStarted
    | ToolFinished
    | ExecutionOutput
    | ArtifactChanged
    | Progress
    | Usage
    | Retry
    | Heartbeat
    | Completed
    | Failed
    | Cancelled,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
"""Parses the wire form back: `EVENT.validate_python(obj)`, `EVENT.json_schema()`."""

Terminal = Completed | Failed | Cancelled
