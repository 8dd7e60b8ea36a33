"""Reading the workspace within a role's scope."""

import posixpath
from collections.abc import Sequence
from typing import Any

from agent_runtime.executors.client import ExecutorRefusedError
from agent_runtime.workflow.context import JobContext


class PathScopeError(Exception):
    """The path is outside what the role may read. One sentence for the model."""


def in_scope(path: str, scope: Sequence[str]) -> str:
    """The normalised path; a scope is a folder ending in `/`, or one file."""
    normal = posixpath.normpath(path.strip())
    inside = any(
        normal.startswith(entry) if entry.endswith("/") else normal == entry for entry in scope
    )
    if not inside or "\0" in normal or "\\" in normal:
        allowed = ", ".join(scope)
        raise PathScopeError(f"The path '{path[:200]}' is outside {allowed}.")
    return normal


async def list_in_scope(job: JobContext, scope: Sequence[str]) -> list[dict[str, Any]]:
    """Files of the folders of the scope."""
    return [
        {"path": entry.path, "size": entry.size}
        for prefix in scope
        for entry in await job.executor.list_files(prefix)
    ][:1000]


async def read_in_scope(job: JobContext, path: str, scope: Sequence[str]) -> dict[str, Any]:
    """The beginning of a file as text; says when it is cut or not text."""
    normal = in_scope(path, scope)
    most = job.settings.limit_tool_chars
    try:
        content, size = await job.executor.read_start(normal, most)
    except FileNotFoundError as error:
        raise PathScopeError(str(error)) from None
    except ExecutorRefusedError as error:
        if error.status != 400:
            raise
        raise PathScopeError(error.message) from None
    text = content.decode("utf-8", errors="replace")
    return {"path": normal, "size": size, "text": text, "truncated": size > len(content)}
