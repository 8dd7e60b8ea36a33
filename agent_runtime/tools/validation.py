"""Tools of the validator."""

from collections.abc import Sequence

from strands import tool
from strands.types.tools import AgentTool

from agent_runtime.tools import answer
from agent_runtime.tools.toolkit_calls import verify
from agent_runtime.tools.workspace_files import read_in_scope
from agent_runtime.workflow.context import JobContext

SCOPE = ("artifacts/calculations.json", "artifacts/citations.json", "artifacts/charts.json")
MAX_PROBLEMS = 100


def validator_tools(job: JobContext) -> Sequence[AgentTool]:
    """`verify_calculations` and `read_file`."""

    @tool
    async def verify_calculations() -> str:
        """Recompute every recorded calculation in a second engine and compare."""
        citations = await verify(job)
        summary = {key: citations.get(key, 0) for key in ("verified", "mismatch", "unverifiable")}
        problems = [
            {
                "id": entry.get("calculation_id"),
                **{
                    key: entry.get(key)
                    for key in ("label", "status", "reason", "value", "recomputed")
                },
            }
            for entry in citations.get("citations", [])
            if entry.get("status") != "verified"
        ]
        job.facts.verification = summary
        return answer({**summary, "problems": problems[:MAX_PROBLEMS]})

    @tool
    async def read_file(path: str) -> str:
        """Read the beginning of a file about the calculations.

        Args:
            path: artifacts/calculations.json, artifacts/citations.json or artifacts/charts.json.
        """
        return answer(await read_in_scope(job, path, SCOPE))

    return [verify_calculations, read_file]
