"""Hooks that turn an agent's tool calls into events and end its turn when its part is done."""

import time
from collections.abc import Callable
from typing import Any

from strands.hooks import (
    AfterToolCallEvent,
    AfterToolsEvent,
    BeforeToolCallEvent,
    HookProvider,
    HookRegistry,
)

from agent_runtime.errors import JobError
from agent_runtime.events import ToolFinished, ToolStarted
from agent_runtime.json_logging import log
from agent_runtime.roles import Role
from agent_runtime.workflow.context import JobContext

SUMMARY_CHARS = 160
ENDING_TOOLS = {"handoff_to_planner", "submit_plan", "submit_verdict"}
"""Tools after which the agent has nothing more to say: the next model call is saved."""


class ToolEvents(HookProvider):
    """One agent's run. A `JobError` raised by a tool ends the run and then the job."""

    CLOSING = "."
    """Text that Strands records for a turn ended by us; never shown."""

    def __init__(self, role: Role, job: JobContext, is_done: Callable[[JobContext], bool]) -> None:
        self._role = role
        self._job = job
        self._is_done = is_done
        self._started: dict[str, tuple[float, str]] = {}
        self._called: set[str] = set()

    def register_hooks(self, registry: HookRegistry, **kwargs: Any) -> None:  # noqa: ARG002
        """Called by the agent."""
        registry.add_callback(BeforeToolCallEvent, self._before_tool)
        registry.add_callback(AfterToolCallEvent, self._after_tool)
        registry.add_callback(AfterToolsEvent, self._after_tools)

    def _before_tool(self, event: BeforeToolCallEvent[Any]) -> None:
        name, call_id = str(event.tool_use["name"]), str(event.tool_use["toolUseId"])
        summary = summarise(name, event.tool_use.get("input"))
        self._started[call_id] = (time.monotonic(), summary)
        self._job.emit(ToolStarted(agent=self._role, tool=name, call_id=call_id, summary=summary))

    def _after_tool(self, event: AfterToolCallEvent[Any]) -> None:
        name, call_id = str(event.tool_use["name"]), str(event.tool_use["toolUseId"])
        started, summary = self._started.pop(call_id, (time.monotonic(), ""))
        self._called.add(name)
        error = event.exception
        failed = error is not None or event.result.get("status") == "error"
        if error is not None:
            log("tool_failed", session_id=self._job.session_id, tool=name, error=error)
        if isinstance(error, JobError) and self._job.facts.ended_by is None:
            self._job.facts.ended_by = error
        self._job.emit(
            ToolFinished(
                agent=self._role,
                tool=name,
                call_id=call_id,
                summary=summary,
                status="error" if failed else "ok",
                duration_ms=round((time.monotonic() - started) * 1000),
            )
        )

    def _after_tools(self, event: AfterToolsEvent) -> None:
        ended = self._job.facts.ended_by is not None
        if ended or (self._called & ENDING_TOOLS and self._is_done(self._job)):
            event.end_turn = self.CLOSING


def summarise(tool: str, given: Any) -> str:
    """One line for people: what the call is about, never the whole input."""
    values = given if isinstance(given, dict) else {}
    for name in ("code", "command", "draft"):
        if isinstance(values.get(name), str):
            return _code_line(values[name])
    for name in ("path", "reason", "title", "verdict"):
        if isinstance(values.get(name), str):
            return _short(values[name])
    return tool.replace("_", " ")


def _code_line(text: str) -> str:
    """The first comment or line, and how many lines there are."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    first = _short(lines[0].lstrip("# "))
    return first if len(lines) == 1 else f"{first} ({len(lines)} lines)"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_CHARS else line[: SUMMARY_CHARS - 1] + "…"
