"""Deadlines and bounds of the agent runtime, each a variable with a safe default."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_runtime.environment import variable


class Limits(BaseSettings):
    """The part of the settings that bounds time, size and number; all optional."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    limit_payload_bytes: int = variable(
        "DEEP_INSIGHT_LIMIT_PAYLOAD_BYTES",
        "Largest request body; AgentCore itself accepts 100 MB, a request here is text only.",
        default=1024 * 1024,
        ge=1024,
        le=100_000_000,
    )
    limit_prompt_chars: int = variable(
        "DEEP_INSIGHT_LIMIT_PROMPT_CHARS", "Longest prompt.", default=20_000, ge=1, le=1_000_000
    )
    limit_sessions: int = variable(
        "DEEP_INSIGHT_LIMIT_SESSIONS",
        "Jobs one process remembers; AgentCore gives each session its own process.",
        default=16,
        ge=1,
        le=1000,
    )
    limit_events: int = variable(
        "DEEP_INSIGHT_LIMIT_EVENTS",
        "Events one job may record before it stops recording output of code.",
        default=20_000,
        ge=100,
        le=1_000_000,
    )
    limit_plan_revisions: int = variable(
        "DEEP_INSIGHT_LIMIT_PLAN_REVISIONS",
        "Times a reviewer may ask for another plan.",
        default=3,
        ge=0,
        le=20,
    )
    limit_job_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_JOB_SECONDS",
        "Longest job; AgentCore ends a session after 8 hours.",
        default=7200,
        gt=0,
        le=28_800,
    )
    limit_step_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_STEP_SECONDS",
        "Longest run of one agent, and longest review.",
        default=3600,
        gt=0,
        le=28_800,
    )
    limit_graph_nodes: int = variable(
        "DEEP_INSIGHT_LIMIT_GRAPH_NODES",
        "Node executions of one job; 20 covers all revisions and rewrites.",
        default=20,
        ge=7,
        le=100,
    )
    limit_agent_turns: int = variable(
        "DEEP_INSIGHT_LIMIT_AGENT_TURNS",
        "Model calls in one run of an agent.",
        default=60,
        ge=1,
        le=1000,
    )
    limit_execution_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTION_SECONDS",
        "Longest execution of code; agents ask for it each time.",
        default=600,
        gt=0,
        le=28_800,
    )
    limit_tool_chars: int = variable(
        "DEEP_INSIGHT_LIMIT_TOOL_CHARS",
        "Characters of output a tool gives back to a model; the middle is left out.",
        default=20_000,
        ge=1000,
        le=1_000_000,
    )
    limit_executor_start_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTOR_START_SECONDS",
        "Longest wait for an executor to answer.",
        default=180,
        gt=0,
        le=1800,
    )
    limit_executor_capacity_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTOR_CAPACITY_SECONDS",
        "Longest wait for Fargate to have capacity for an executor.",
        default=180,
        ge=0,
        le=1800,
    )
    executor_retry_seconds: float = variable(
        "DEEP_INSIGHT_EXECUTOR_RETRY_SECONDS",
        "First wait after capacity was refused; doubles each time up to 30 s, with jitter.",
        default=2,
        gt=0,
        le=30,
    )
    limit_executor_health_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTOR_HEALTH_SECONDS",
        "Longest wait for a running executor to be healthy behind the load balancer.",
        default=90,
        gt=0,
        le=1800,
    )
    limit_executor_route_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTOR_ROUTE_SECONDS",
        "Longest search for the way to an executor that is ready, or whose way was lost.",
        default=30,
        gt=0,
        le=600,
    )
    limit_executor_silence_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTOR_SILENCE_SECONDS",
        "Longest silence of an executor that streams or was asked something, three of its "
        "heartbeats; then it is lost unless it answers within the same time again.",
        default=15,
        gt=0,
        le=600,
    )
    limit_artifact_flush_seconds: float = variable(
        "DEEP_INSIGHT_LIMIT_ARTIFACT_FLUSH_SECONDS",
        "Longest wait for artifacts on their way, after an execution and at the end; then they "
        "are fetched.",
        default=20,
        ge=0,
        le=600,
    )
    limit_input_bytes: int = variable(
        "DEEP_INSIGHT_LIMIT_INPUT_BYTES",
        "Largest input in S3; an executor's LIMIT_UPLOAD_BYTES must not be smaller.",
        default=4 * 1024**3,
        ge=1,
    )
    grant_seconds: float = variable(
        "DEEP_INSIGHT_GRANT_SECONDS",
        "Validity of the presigned reads and uploads an executor gets; renewed at half of it.",
        default=900,
        ge=1,
        le=43_200,
    )
    limit_executor_restarts: int = variable(
        "DEEP_INSIGHT_LIMIT_EXECUTOR_RESTARTS",
        "Times a lost executor is replaced in one job.",
        default=1,
        ge=0,
        le=5,
    )
    model_stall_seconds: float = variable(
        "DEEP_INSIGHT_MODEL_STALL_SECONDS",
        "Longest silence of a model between two chunks.",
        default=120,
        gt=0,
        le=3600,
    )
    model_attempts: int = variable(
        "DEEP_INSIGHT_MODEL_ATTEMPTS",
        "Attempts at a throttled model call, the first included.",
        default=8,
        ge=1,
        le=50,
    )
    model_retry_seconds: float = variable(
        "DEEP_INSIGHT_MODEL_RETRY_SECONDS",
        "First wait after throttling; doubles each time up to 60 s, with jitter.",
        default=2,
        gt=0,
        le=60,
    )
    heartbeat_seconds: float = variable(
        "DEEP_INSIGHT_HEARTBEAT_SECONDS",
        "Longest silence of an event stream; callers may rely on 10 s.",
        default=5,
        gt=0,
        le=10,
    )
