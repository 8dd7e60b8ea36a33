"""Tools of the coordinator and the planner."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from strands import tool
from strands.types.tools import AgentTool

from agent_runtime.errors import DataError, QuestionError
from agent_runtime.events import PlanProposed
from agent_runtime.plan import Plan
from agent_runtime.tools import answer
from agent_runtime.tools.toolkit_calls import load_profile
from agent_runtime.workflow.context import JobContext


def coordinator_tools(job: JobContext) -> Sequence[AgentTool]:
    """`handoff_to_planner`."""

    @tool
    async def handoff_to_planner(reason: str) -> str:
        """Hand the question to the planner because it needs data analysis.

        Args:
            reason: One sentence that says what is asked of the data.
        """
        del reason
        job.facts.handed_off = True
        return answer({"status": "ok"})

    return [handoff_to_planner]


def planner_tools(job: JobContext) -> Sequence[AgentTool]:
    """`inspect_data` and `submit_plan`."""

    @tool
    async def inspect_data() -> str:
        """Profile every data file: columns, kinds, missing values, ranges, most frequent values."""
        if job.facts.profiles is not None:
            return answer({"profiles": job.facts.profiles, "unusable": []})
        profiles, unusable = await _profiles(job)
        job.facts.profiles = profiles
        return answer({"profiles": profiles, "unusable": unusable})

    @tool
    async def submit_plan(plan: dict[str, Any]) -> str:
        """Submit the plan. An answer with status "invalid" lists what to mend.

        Args:
            plan: {"title", "question", "language", "steps": [{"id", "title", "instruction",
                "analysis"?}], "unanswered": [{"phrase", "reason"}]}
        """
        try:
            checked = Plan.model_validate(plan)
        except ValidationError as error:
            return answer({"status": "invalid", "problems": _problems(error)})
        facts = job.facts
        facts.plan, facts.feedback = checked, ""
        facts.revision += 1
        job.emit(PlanProposed(revision=facts.revision, plan=checked))
        if not checked.steps:
            raise QuestionError(checked.unanswered[0].reason)
        return answer({"status": "ok"})

    return [inspect_data, submit_plan]


async def _profiles(job: JobContext) -> tuple[list[Any], list[dict[str, str]]]:
    """Profiles of the usable files, and why others are not; `DataError` when none is usable."""
    if not job.inputs:
        raise DataError("The question needs data, and no data file was given.")
    profiles: list[Any] = []
    unusable: list[dict[str, str]] = []
    for item in job.inputs:
        try:
            profiles.append(await load_profile(job, item.workspace_path))
        except DataError as error:
            unusable.append({"path": item.workspace_path, "reason": error.message})
    if not profiles:
        raise DataError(" ".join(entry["reason"] for entry in unusable))
    return profiles, unusable


def _problems(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in problem['loc']) or 'plan'}: {problem['msg']}"
        for problem in error.errors(include_url=False)[:20]
    ]
