"""Tools of the auditor."""

from collections.abc import Sequence
from typing import Any

from strands import tool
from strands.types.tools import AgentTool

from agent_runtime.errors import ToolkitError
from agent_runtime.tools import answer
from agent_runtime.tools.toolkit_calls import audit
from agent_runtime.workflow.context import JobContext

VERDICTS = ("pass", "retry", "needs_review")


def auditor_tools(job: JobContext) -> Sequence[AgentTool]:
    """`audit_report` and `submit_verdict`."""

    @tool
    async def audit_report() -> str:
        """Audit the report: is every number cited, known and verified?"""
        try:
            job.facts.audit = await audit(job)
        except ToolkitError as error:
            return answer({"status": "invalid", "problems": [str(error)]})
        return answer(job.facts.audit)

    @tool
    async def submit_verdict(verdict: str, findings: list[Any] | None = None) -> str:
        """Give the verdict: pass, retry (a rewrite helps), or needs_review (a person must look).

        Args:
            verdict: pass, retry or needs_review.
            findings: For retry: what to mend, as audit_report listed it.
        """
        problem = _verdict_problem(job, verdict)
        if problem:
            return answer({"status": "invalid", "problems": [problem]})
        facts = job.facts
        facts.audits += 1
        facts.verdict = verdict
        facts.findings = findings or (facts.audit or {}).get("findings", [])
        return answer({"status": "ok"})

    return [audit_report, submit_verdict]


def _verdict_problem(job: JobContext, verdict: str) -> str | None:
    """The auditor may be stricter than the audit, never milder."""
    if verdict not in VERDICTS:
        return "The verdict must be pass, retry or needs_review."
    if job.facts.audit is None:
        return "Call audit_report first."
    found = str(job.facts.audit.get("verdict"))
    if verdict == "pass" and found != "pass":
        return f"The audit found '{found}'; pass is not possible."
    return None
