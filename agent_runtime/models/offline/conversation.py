"""What a role can see: its task, the calls it made and what they answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_runtime.tasks import parse_task


@dataclass(frozen=True)
class Call:
    """One tool call and its result; `result` is empty while there is none."""

    name: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Conversation:
    """The messages of one run, read anew for each turn; nothing is remembered in between."""

    task: Mapping[str, Any]
    calls: Sequence[Call]
    tools: frozenset[str]

    @property
    def language(self) -> str:
        """The job's language."""
        return "ko" if self.task.get("language") == "ko" else "en"

    def named(self, tool: str) -> list[Call]:
        """The calls of one tool, in order."""
        return [call for call in self.calls if call.name == tool]

    def result(self, tool: str) -> Mapping[str, Any] | None:
        """The last result of a tool, or None when it was not called."""
        calls = self.named(tool)
        return calls[-1].result if calls else None


def read(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Conversation:
    """The conversation in Strands' messages; content of an unknown form is passed over."""
    task: dict[str, Any] = {}
    made: list[tuple[str, str, Mapping[str, Any]]] = []
    results: dict[str, Mapping[str, Any]] = {}
    for message in messages:
        for block in message.get("content") or ():
            if "text" in block and message.get("role") == "user":
                task |= _task(str(block["text"]))
            elif "toolUse" in block:
                use = block["toolUse"]
                made.append((use["toolUseId"], use["name"], use.get("input") or {}))
            elif "toolResult" in block:
                result = block["toolResult"]
                results[result["toolUseId"]] = _result(result)
    calls = [Call(name, given, results.get(identifier, {})) for identifier, name, given in made]
    return Conversation(task, calls, frozenset(str(tool["name"]) for tool in tools))


def _task(text: str) -> dict[str, Any]:
    try:
        return parse_task(text)
    except ValueError:
        return {}


def _result(result: Mapping[str, Any]) -> Mapping[str, Any]:
    for item in result.get("content") or ():
        found = item.get("json")
        if found is None and "text" in item:
            try:
                found = json.loads(item["text"])
            except ValueError:
                found = {"status": "error", "text": item["text"]}
        if isinstance(found, Mapping):
            return found
    return {"status": str(result.get("status", "error"))}
