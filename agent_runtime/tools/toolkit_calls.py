"""Calls of the executor's analysis toolkit: fixed code, arguments as one JSON literal.

Nothing a model writes becomes code here. The code defines one function, calls it and removes it,
so that the variables of the coder are neither seen nor changed. Its result is the line that starts
with a mark which is new for each call.
"""

import json
import secrets
from typing import Any

from agent_runtime.errors import DataError, ExecutorError, ToolkitError
from agent_runtime.workflow.context import JobContext

_FRAME = """\
def _deep_insight_call(mark, arguments):
    import json
    from executor import toolkit
    try:
        value = _deep_insight_body(toolkit, arguments)
        answer = {{"value": value}}
    except toolkit.errors.ToolkitError as error:
        answer = {{"error": {{"type": type(error).__name__, "message": str(error)}}}}
    print("\\n" + mark + json.dumps(answer, ensure_ascii=False, default=str), flush=True)


def _deep_insight_body(toolkit, arguments):
{body}


try:
    import json as _deep_insight_json
    _deep_insight_call({mark!r}, _deep_insight_json.loads({arguments!r}))
finally:
    del _deep_insight_call, _deep_insight_body, _deep_insight_json
"""
_LOAD = """\
    profile = toolkit.load(arguments["path"]).profile.to_dict()
    columns, most = profile["columns"], arguments["most_bytes"]
    size = lambda: len(json.dumps(profile, ensure_ascii=False, default=str).encode())
    import json
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
    await _call(job, _VERIFY, {})
    return await _written(job, "artifacts/citations.json")


async def build_report(job: JobContext, title: str, draft: str) -> dict[str, Any]:
    """Build the report's documents and audit them; the content of audit.json."""
    language = job.request.language
    await _call(job, _REPORT, {"draft": draft, "language": language, "title": title})
    return await _written(job, "artifacts/audit.json")


async def audit(job: JobContext) -> dict[str, Any]:
    """Audit the report as it is; the content of audit.json."""
    await _call(job, _AUDIT, {})
    return await _written(job, "artifacts/audit.json")


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
    result = await job.executor.run_again_if_lost(code, job.settings.limit_execution_seconds)
    for line in reversed(result.stdout.splitlines()):
        if line.startswith(mark):
            reply = json.loads(line.removeprefix(mark))
            if "error" in reply:
                raise ToolkitError(reply["error"]["message"])
            return reply["value"]
    raise ExecutorError(f"A call of the toolkit ended with status '{result.status}'{_why(result)}.")


def _why(result: Any) -> str:
    return f" ({result.error['name']})" if result.error else ""
