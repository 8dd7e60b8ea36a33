"""Calls of the executor's analysis toolkit: fixed code, arguments as one JSON literal.

Nothing a model writes becomes code here. Each call runs in a fresh kernel, so that neither
variables nor replaced functions of the coder reach the toolkit that checks its work, and a check
works on the inputs as they were delivered. The result is the line that starts with a mark which is
new for each call.
"""

import json
import secrets
from typing import Any

from agent_runtime.errors import DataError, ExecutorError, ToolkitError
from agent_runtime.workflow.context import JobContext

_FRAME = """\
import json
from executor import toolkit


def call(arguments):
{body}


try:
    answer = {{"value": call(json.loads({arguments!r}))}}
except toolkit.errors.ToolkitError as error:
    answer = {{"error": {{"type": type(error).__name__, "message": str(error)}}}}
print("\\n" + {mark!r} + json.dumps(answer, ensure_ascii=False, default=str), flush=True)
"""
_LOAD = """\
    profile = toolkit.load(arguments["path"]).profile.to_dict()
    columns, most = profile["columns"], arguments["most_bytes"]
    size = lambda: len(json.dumps(profile, ensure_ascii=False, default=str).encode())
    if size() > most:
        for column in columns:
            column.pop("examples", None)
            column.pop("top", None)
        profile["notes"] = [*profile.get("notes", []), "examples are left out: many columns"]
    if size() > most:
        keep = max(1, len(columns) * most // size())
        profile["columns"] = columns[:keep]
        note = f"only the first {keep} of {len(columns)} columns are shown"
        profile["notes"] = [*profile["notes"], note]
    return profile"""
_VERIFY = """\
    toolkit.verify()
    return None"""
_REPORT = """\
    toolkit.build_report(
        arguments["draft"], language=arguments["language"], title=arguments["title"]
    )
    toolkit.audit()
    return None"""
_AUDIT = """\
    toolkit.audit()
    return None"""

CHECK_ATTEMPTS = 2

PROFILE_BYTES = 480_000
"""Largest profile as JSON; below half of what an execution may print (1 MiB), so all is kept."""


async def load_profile(job: JobContext, path: str) -> dict[str, Any]:
    """The profile of one data file; `DataError` when it cannot be analysed."""
    try:
        value = await _call(job, _LOAD, {"path": path, "most_bytes": PROFILE_BYTES})
    except ToolkitError as error:
        raise DataError(str(error)) from None
    if not isinstance(value, dict):
        raise ExecutorError("The toolkit answered without a profile.")
    return value


async def verify(job: JobContext) -> dict[str, Any]:
    """Recompute every recorded calculation; the content of citations.json."""
    await _check(job, _VERIFY, {})
    return await _written(job, "artifacts/citations.json")


async def build_report(job: JobContext, title: str, draft: str) -> dict[str, Any]:
    """Build the report's documents and audit them; the content of audit.json."""
    language = job.request.language
    await _check(job, _REPORT, {"draft": draft, "language": language, "title": title})
    return await _written(job, "artifacts/audit.json")


async def audit(job: JobContext) -> dict[str, Any]:
    """Audit the report as it is; the content of audit.json."""
    await _check(job, _AUDIT, {})
    return await _written(job, "artifacts/audit.json")


async def _check(job: JobContext, body: str, arguments: dict[str, Any]) -> None:
    """A call that judges the coder's work, on inputs that are what was delivered.

    What the coder's code left running may change an input again until the call begins; from then on
    the executor keeps it stopped, so that the second attempt is certain.
    """
    for _ in range(CHECK_ATTEMPTS):
        await job.executor.restore_inputs()
        await _call(job, body, arguments)
        if not await _changed_sources(job):
            return
    raise ExecutorError("An input does not stay as it was delivered, so nothing can be verified.")


async def _changed_sources(job: JobContext) -> set[str]:
    """Inputs that were not as delivered when the calculations were recomputed."""
    citations: Any = await job.executor.read_json("artifacts/citations.json") or {}
    delivered = job.executor.delivered
    used = {(entry["source"], entry["source_sha256"]) for entry in citations.get("citations", [])}
    return {path for path, sha256 in used if path in delivered and delivered[path] != sha256}


async def _written(job: JobContext, path: str) -> dict[str, Any]:
    content = await job.executor.read_json(path)
    if not isinstance(content, dict):
        raise ExecutorError(f"The toolkit did not write {path}.")
    return content


async def _call(job: JobContext, body: str, arguments: dict[str, Any]) -> Any:
    """Run one call; `ToolkitError` carries the toolkit's own sentence."""
    mark = f"deep-insight-{secrets.token_hex(16)} "
    literal = json.dumps(arguments, ensure_ascii=False)
    code = _FRAME.format(body=body, mark=mark, arguments=literal)
    result = await job.executor.run_fresh(code, job.settings.limit_execution_seconds)
    for line in reversed(result.stdout.splitlines()):
        if line.startswith(mark):
            reply = json.loads(line.removeprefix(mark))
            if "error" in reply:
                raise ToolkitError(reply["error"]["message"])
            return reply["value"]
    raise ExecutorError(f"A call of the toolkit ended with status '{result.status}'{_why(result)}.")


def _why(result: Any) -> str:
    return f" ({result.error['name']})" if result.error else ""
