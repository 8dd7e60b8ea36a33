"""Tools of the reporter: results in, report out; never code."""

from collections.abc import Sequence
from typing import Any

from strands import tool
from strands.types.tools import AgentTool

from agent_runtime.errors import ToolkitError
from agent_runtime.tools import answer
from agent_runtime.tools.toolkit_calls import build_report
from agent_runtime.workflow.context import JobContext

DRAFT_CHARS = 200_000
CALCULATION_FIELDS = (
    "id",
    "label",
    "value",
    "unit",
    "formula",
    "source",
    "columns",
    "rows",
    "note",
)


def reporter_tools(job: JobContext) -> Sequence[AgentTool]:
    """`read_results` and `write_report`."""

    @tool
    async def read_results() -> str:
        """Read the calculations with their verification status, the charts, and what is open."""
        return answer(await _results(job))

    @tool
    async def write_report(title: str, draft: str) -> str:
        """Build the report as PDF and DOCX, and audit it. Findings ask for a rewrite.

        Args:
            title: The report's title.
            draft: The whole report in Markdown; numbers as {{calculation_id}}, charts as
                ![](chart:chart_id).
        """
        problems = _draft_problems(title, draft)
        if not problems:
            try:
                audit = await build_report(job, title, draft)
            except ToolkitError as error:
                problems = [str(error)]
        if problems:
            return answer({"status": "invalid", "problems": problems})
        facts = job.facts
        facts.title, facts.draft, facts.report_built = title, draft, True
        return answer({"status": "ok", "findings": audit.get("findings", [])})

    return [read_results, write_report]


def _draft_problems(title: str, draft: str) -> list[str]:
    problems = []
    if not title.strip():
        problems.append("The title is empty.")
    if not draft.strip():
        problems.append("The draft is empty.")
    if len(draft) > DRAFT_CHARS:
        problems.append(f"The draft has {len(draft)} characters; at most {DRAFT_CHARS} are taken.")
    return problems


async def _results(job: JobContext) -> dict[str, Any]:
    calculations: Any = await job.executor.read_json("artifacts/calculations.json") or {}
    citations: Any = await job.executor.read_json("artifacts/citations.json") or {}
    charts: Any = await job.executor.read_json("artifacts/charts.json") or {}
    status = {entry.get("calculation_id"): entry for entry in citations.get("citations", [])}
    plan = job.facts.approved_plan()
    return {
        "calculations": [
            {
                **{key: entry.get(key) for key in CALCULATION_FIELDS},
                "status": status.get(entry.get("id"), {}).get("status", "unverifiable"),
                "reason": status.get(entry.get("id"), {}).get("reason"),
            }
            for entry in calculations.get("calculations", [])
        ],
        "charts": [
            {key: entry.get(key) for key in ("id", "caption", "calculations")}
            for entry in charts.get("charts", [])
        ],
        "unanswered": [entry.model_dump() for entry in plan.unanswered],
    }
