"""Tools of the coder: code in the session's kernel, and files of the workspace."""

from collections.abc import Sequence
from typing import Any

from strands import tool
from strands.types.tools import AgentTool

from agent_runtime.events import ExecutionOutput
from agent_runtime.executors.session import ExecutionResult
from agent_runtime.roles import Role
from agent_runtime.tools import answer, clip
from agent_runtime.tools.workspace_files import list_in_scope, read_in_scope
from agent_runtime.workflow.context import JobContext

SCOPE = ("data/", "artifacts/")
EVENT_CHARS = 8_000
"""Text of one `execution_output` event; longer output is cut in the middle."""


def coder_tools(job: JobContext) -> Sequence[AgentTool]:
    """`run_python`, `run_bash`, `list_files` and `read_file`."""

    async def run(language: str, code: str) -> str:
        shown = _OutputEvents(job)
        result = await job.executor.run(
            language, code, job.settings.limit_execution_seconds, shown.take
        )
        return answer(_described(result, job.settings.limit_tool_chars))

    @tool
    async def run_python(code: str) -> str:
        """Run Python in the session's kernel. Variables stay for the next call.

        Args:
            code: The code. The value of the last expression comes back as "result".
        """
        return await run("python", code)

    @tool
    async def run_bash(command: str) -> str:
        """Run a shell command in the workspace.

        Args:
            command: The command line or script.
        """
        return await run("bash", command)

    @tool
    async def list_files() -> str:
        """List the files in data/ and artifacts/ with their sizes."""
        return answer({"files": await list_in_scope(job, SCOPE)})

    @tool
    async def read_file(path: str) -> str:
        """Read the beginning of a text file.

        Args:
            path: Relative path below data/ or artifacts/.
        """
        return answer(await read_in_scope(job, path, SCOPE))

    return [run_python, run_bash, list_files, read_file]


class _OutputEvents:
    """Turns the events of one execution into `execution_output` events."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self._id = ""

    def take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        self._id = event.get("id", self._id)
        text = _shown(kind, event)
        if text:
            self._job.emit(
                ExecutionOutput(
                    agent=Role.CODER,
                    execution_id=self._id,
                    stream=kind,
                    text=clip(text, EVENT_CHARS),
                )
            )


def _shown(kind: str, event: dict[str, Any]) -> str:
    match kind:
        case "stdout" | "stderr":
            return str(event["text"])
        case "result":
            return str(event["data"].get("text/plain", ""))
        case "display":
            return ", ".join(sorted(event["data"]))
        case "error":
            return f"{event['name']}: {event['message']}"
    return ""


def _described(result: ExecutionResult, most: int) -> dict[str, Any]:
    error = dict(result.error) if result.error else None
    if error is not None:
        error["traceback"] = clip(str(error.get("traceback") or ""), most // 4)
        error["message"] = clip(str(error.get("message") or ""), most // 4)
    described: dict[str, Any] = {
        "status": result.status,
        "stdout": clip(result.stdout, most),
        "stderr": clip(result.stderr, most // 2),
        "result": None if result.result is None else clip(result.result, most // 2),
        "error": error,
        "files_changed": result.files_changed[:200],
        "kernel_restarted": result.kernel_restarted or result.lost,
    }
    if result.notice:
        described["notice"] = result.notice
    return described
