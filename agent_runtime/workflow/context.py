"""What the nodes and tools of one job share: the facts so far, and the ways to act."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_runtime.errors import JobError
from agent_runtime.events import Event, JobUsage, TokenUsage
from agent_runtime.executors.host import JobInput
from agent_runtime.executors.session import ExecutorSession
from agent_runtime.messages import Analyze
from agent_runtime.models import ModelFactory
from agent_runtime.plan import Plan
from agent_runtime.roles import Role
from agent_runtime.settings import Settings

MAX_REWRITES = 2
"""Returns from the auditor to the reporter."""


@dataclass
class JobFacts:
    """What is known so far; written by tools and nodes, read by nodes, edges and tasks."""

    handed_off: bool = False
    answer: str = ""
    profiles: list[Any] | None = None
    plan: Plan | None = None
    revision: int = 0
    feedback: str = ""
    plan_approved: bool = False
    verification: dict[str, Any] | None = None
    title: str = ""
    draft: str = ""
    report_built: bool = False
    audit: dict[str, Any] | None = None
    audits: int = 0
    verdict: str = ""
    findings: list[Any] = field(default_factory=list)
    summary: str = ""
    ended_by: JobError | None = None

    def approved_plan(self) -> Plan:
        """The plan; the graph has no way to later nodes without one."""
        if self.plan is None:
            raise JobError("There is no plan.")
        return self.plan

    def rewrite_wanted(self) -> bool:
        """Whether the report goes back to the reporter."""
        return self.verdict == "retry" and self.audits <= MAX_REWRITES


@dataclass
class JobContext:
    """One job's surroundings, handed to every node and tool."""

    session_id: str
    request: Analyze
    inputs: Sequence[JobInput]
    settings: Settings
    executor: ExecutorSession
    make_model: ModelFactory
    emit: Callable[[Event], None]
    facts: JobFacts = field(default_factory=JobFacts)
    usage: dict[Role, TokenUsage] = field(default_factory=dict)

    def add_usage(self, role: Role, usage: TokenUsage) -> None:
        """Count an agent's tokens."""
        self.usage[role] = self.usage.get(role, TokenUsage()).plus(usage)

    def job_usage(self) -> JobUsage:
        """All tokens so far."""
        total = TokenUsage()
        for usage in self.usage.values():
            total = total.plus(usage)
        return JobUsage(total=total, agents={str(role): u for role, u in self.usage.items()})

    def files(self) -> list[dict[str, Any]]:
        """The inputs as tasks show them."""
        return [{"name": i.name, "path": i.workspace_path, "size": i.size} for i in self.inputs]
