"""The graph: coordinator, planner, plan review, coder, validator, reporter, auditor.

Edges read the job's facts, which only tools and nodes write. Bounds: node executions, time of a
node, revisions of the plan, rewrites of the report.
"""

from dataclasses import dataclass
from typing import Any

from strands.multiagent import GraphBuilder
from strands.multiagent.base import Status
from strands.multiagent.graph import Graph

from agent_runtime.errors import LimitError, QuestionError
from agent_runtime.workflow import parts
from agent_runtime.workflow.agent_step import AgentStep
from agent_runtime.workflow.context import JobContext
from agent_runtime.workflow.plan_review import PlanReview, ReviewGate

OPEN_FINDINGS = {
    "en": "The audit asks for a person's review; its findings ({number}) are in audit.json.",
    "ko": "감사 결과 사람의 검토가 필요합니다. 지적 사항({number}건)은 audit.json에 있습니다.",
}
BACKSTOP_SECONDS = 30.0
"""A node's own time limit comes first and has the better message."""


@dataclass(frozen=True)
class Outcome:
    """What the workflow came to: a direct answer, or a report with its summary."""

    answer: str | None = None
    summary: str | None = None


def build_graph(job: JobContext, gate: ReviewGate) -> Graph:
    """The job's graph; used once."""
    facts, settings = job.facts, job.settings
    builder = GraphBuilder()
    for part in (
        parts.COORDINATOR,
        parts.PLANNER,
        parts.CODER,
        parts.VALIDATOR,
        parts.REPORTER,
        parts.AUDITOR,
    ):
        builder.add_node(AgentStep(part, job), str(part.role))
    builder.add_node(PlanReview(job, gate), "plan_review")
    builder.set_entry_point("coordinator")
    builder.add_edge("coordinator", "planner", lambda _: facts.handed_off)
    builder.add_edge("planner", "plan_review")
    builder.add_edge("plan_review", "planner", lambda _: not facts.plan_approved)
    builder.add_edge("plan_review", "coder", lambda _: facts.plan_approved)
    builder.add_edge("coder", "validator")
    builder.add_edge("validator", "reporter")
    builder.add_edge("reporter", "auditor")
    builder.add_edge("auditor", "reporter", lambda _: facts.rewrite_wanted())
    builder.set_max_node_executions(settings.limit_graph_nodes)
    builder.set_execution_timeout(settings.limit_job_seconds)
    longest = max(settings.limit_step_seconds, job.request.review_timeout_seconds)
    builder.set_node_timeout(longest + BACKSTOP_SECONDS)
    builder.reset_on_revisit()
    return builder.build()


async def run_workflow(job: JobContext, gate: ReviewGate) -> Outcome:
    """Run the graph to its end; raises `JobError` or `JobCancelledError` when it stops early."""
    result: Any = await build_graph(job, gate).invoke_async(job.request.prompt)
    facts = job.facts
    if result.status != Status.COMPLETED:
        raise LimitError("The job used up the number of steps it may take.")
    if not facts.handed_off:
        if not facts.answer:
            raise QuestionError("The request was understood neither as a question nor as a chat.")
        return Outcome(answer=facts.answer)
    return Outcome(summary=_summary(job))


def _summary(job: JobContext) -> str:
    """The reporter's own words, and what the audit left open."""
    facts = job.facts
    if facts.verdict == "pass":
        return facts.summary
    note = OPEN_FINDINGS[job.request.language].format(number=len(facts.findings))
    return f"{facts.summary}\n\n{note}".strip()
